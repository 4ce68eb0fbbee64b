// One stream of a connection: bytes both ways, each way with credit of its own, so that a reader who stalls holds back
// nobody else and fills no more than one window.
import { FleetError } from "../errors/index.ts";
import { encodeData, encodeMux, KIND, MAX_DATA } from "./frames.ts";

export interface StreamDeps {
  readonly window: number;
  readonly send: (frame: Buffer) => void;
  /** It has something to send, and credit to send it with. */
  readonly ready: (stream: MuxStream) => void;
  /** Both halves are over. */
  readonly over: (stream: MuxStream) => void;
}

export class MuxStream {
  readonly id: number;
  /** Bytes as they come; each has to be given back with `consumed` once it went on. */
  onData: (bytes: Buffer) => void = () => {};
  /** The other side sends no more. */
  onEnd: () => void = () => {};
  /** Ended by the other side, or with the connection, before its time. */
  onReset: () => void = () => {};
  /** Something that was written has gone. */
  onRoom: () => void = () => {};
  readonly #deps: StreamDeps;
  readonly #queue: Uint8Array[] = [];
  #queued = 0;
  /** May still be sent. */
  #credit: number;
  /** The other side may still send. */
  #granted: number;
  /** Given on here, and not yet told. */
  #consumed = 0;
  #ending = false;
  #ended = false;
  #otherEnded = false;
  #over = false;

  constructor(id: number, deps: StreamDeps) {
    this.id = id;
    this.#deps = deps;
    this.#credit = deps.window;
    this.#granted = deps.window;
  }

  /** Bytes that wait here for credit or for their turn. */
  get queued(): number {
    return this.#queued;
  }

  get isReady(): boolean {
    if (this.#over || this.#ended) return false;
    return this.#queued === 0 ? this.#ending : this.#credit > 0;
  }

  /** The bytes are not copied. Nothing stops the writer but `queued`. */
  write(bytes: Uint8Array): void {
    if (this.#over || this.#ending || bytes.length === 0) return;
    this.#queue.push(bytes);
    this.#queued += bytes.length;
    this.#tellReady();
  }

  /** No more is written; what waits goes first. */
  end(): void {
    if (this.#over || this.#ending) return;
    this.#ending = true;
    this.#tellReady();
  }

  reset(): void {
    if (this.#over) return;
    this.#deps.send(encodeMux(KIND.reset, this.id));
    this.#finish();
  }

  /** So many of the bytes that came have gone on: the other side may send as many again. */
  consumed(bytes: number): void {
    this.#consumed += bytes;
    if (this.#over || this.#otherEnded || this.#consumed < this.#deps.window / 4) return;
    this.#deps.send(encodeMux(KIND.window, this.id, this.#consumed));
    this.#granted += this.#consumed;
    this.#consumed = 0;
  }

  /** The next frame to send. @param mark ask to be told of its arrival, if it is data. @returns bytes of data in it */
  sendNext(mark: boolean): number {
    if (this.#queued === 0) {
      this.#ended = true;
      this.#deps.send(encodeMux(KIND.end, this.id));
      if (this.#otherEnded) this.#finish();
      return 0;
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    const most = Math.min(MAX_DATA, this.#credit);
    for (let [chunk] = this.#queue; chunk !== undefined && size < most; [chunk] = this.#queue) {
      const piece = chunk.subarray(0, most - size);
      chunks.push(piece);
      size += piece.length;
      if (piece.length === chunk.length) this.#queue.shift();
      else this.#queue[0] = chunk.subarray(piece.length);
    }
    this.#queued -= size;
    this.#credit -= size;
    this.#deps.send(encodeData(mark ? KIND.marked : KIND.data, this.id, chunks, size));
    this.onRoom();
    return size;
  }

  /** @throws FleetError `bad-input` when it is more than was granted */
  gotData(bytes: Buffer): void {
    if (this.#over) return;
    if (this.#otherEnded || bytes.length > this.#granted) throw new FleetError("bad-input", "more data on a relay stream than was granted");
    this.#granted -= bytes.length;
    this.onData(bytes);
  }

  gotWindow(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit > this.#deps.window) throw new FleetError("bad-input", "more credit on a relay stream than was used");
    this.#tellReady();
  }

  gotEnd(): void {
    if (this.#otherEnded || this.#over) return;
    this.#otherEnded = true;
    this.onEnd();
    if (this.#ended) this.#finish();
  }

  gotReset(): void {
    if (this.#over) return;
    this.#finish();
    this.onReset();
  }

  #tellReady(): void {
    if (this.isReady) this.#deps.ready(this);
  }

  #finish(): void {
    this.#over = true;
    this.#queue.length = 0;
    this.#queued = 0;
    this.#deps.over(this);
  }
}
