// A relayed viewer's stream as the socket that the HTTP server takes: it can't tell it from a connection of its own.
import { Duplex } from "node:stream";
import type { MuxStream } from "@fleetwire/shared/mux";

/** More than this waits in the stream: the writer waits too, and its own bounds hold. */
const HIGH = 64 * 1024;

export class StreamSocket extends Duplex {
  readonly #stream: MuxStream;
  #written: (() => void) | undefined;
  /** Given to the reader, and not yet told. */
  #read = 0;

  constructor(stream: MuxStream) {
    super({ allowHalfOpen: true, readableHighWaterMark: HIGH, writableHighWaterMark: HIGH });
    this.#stream = stream;
    stream.onData = (bytes) => {
      this.#read += bytes.length;
      // Told as read only while somebody reads: otherwise what is on its way stays within the window.
      if (this.push(bytes)) this.#tellRead();
    };
    stream.onEnd = () => void this.push(null);
    stream.onReset = () => void this.destroy();
    stream.onRoom = () => {
      if (this.#stream.queued < HIGH) this.#goOn();
    };
  }

  override _read(): void {
    this.#tellRead();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#stream.write(chunk);
    if (this.#stream.queued < HIGH) return done();
    this.#written = done;
  }

  override _final(done: () => void): void {
    this.#stream.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // Nothing more is owed once both halves are over.
    if (!(this.readableEnded && this.writableFinished)) this.#stream.reset();
    this.#goOn();
    done(error);
  }

  #tellRead(): void {
    const bytes = this.#read;
    this.#read = 0;
    if (bytes > 0) this.#stream.consumed(bytes);
  }

  #goOn(): void {
    const done = this.#written;
    this.#written = undefined;
    done?.();
  }
}
