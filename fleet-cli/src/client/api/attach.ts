// A session's terminal as a Node stream: bytes in, bytes out, over every cut of the connection.
import { Duplex } from "node:stream";
import type { SessionExit, SessionRecord, SessionState, Size } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import type { StreamEvent, TerminalStream } from "../stream/index.ts";
import { cancelled, type Waiting } from "./abort.ts";

export interface AttachOptions extends Waiting {
  /** My size: columns and rows. Without it the session keeps the size it has. */
  readonly size?: Size;
  /** Look only: what is written is refused with `read-only`, and neither size nor input is touched. */
  readonly readOnly?: boolean;
  /** Lines of history in front of the first picture. Default 2000. */
  readonly history?: number;
  /** Instead of a picture of the present: every byte from this offset on, e.g. `offset` of an attach before. */
  readonly from?: number;
}

/** How a session ended. */
export interface SessionEnd {
  readonly state: SessionState;
  /** Null when nobody knows. */
  readonly exit: SessionExit | null;
}

/** Output that will not come: bytes [from, to) were rotated out of the log, or could not be kept. */
export interface OutputGap {
  readonly from: number;
  readonly to: number;
  readonly reason: "rotated" | "skipped" | "disk";
}

export interface AttachEvents {
  /** The session has a new size. `mine`: it is the one that was asked for here. */
  size: (size: Size, mine: boolean) => void;
  /** The session has ended; nothing more is printed, and `end` follows what is still to be read. */
  exit: (end: SessionEnd) => void;
  /** The connection was cut; it is being made anew, and input is kept meanwhile. */
  lost: () => void;
  /** It goes on where it was. `unsure`: input bytes of which nobody knows whether they were typed; 0 unless a new ticket was needed. */
  resumed: (unsure: number) => void;
  gap: (gap: OutputGap) => void;
}

/**
 * A terminal that is attached to. Reading gives the session's output, first a picture of its screen (escape sequences that draw it), then
 * every byte that is printed; with `from` only bytes as they were printed. A slow reader is waited for: neither the program nor this
 * process keeps what is not read, and its events come as it is read. Writing types bytes as they are; the callback of `write` comes
 * when there is room for more. A cut is mended without losing or doubling a byte in either direction.
 *
 * It ends when the session ends, with `exit` and then `end`. `end()` ends the typing only, `detach()` and `destroy()` leave; the session
 * goes on in either case. It errors with a `FleetError`: `cancelled` by its signal, or why the session can't be reached for good.
 */
export class Attached extends Duplex {
  /** As it was at the attach. */
  readonly session: SessionRecord;
  readonly #terminal: TerminalStream;
  readonly #events: AsyncIterator<StreamEvent, undefined>;
  /** Behind the last byte that was received. */
  #offset = 0;
  /** Everything before was drawn as a picture, or is gone. */
  #drawn = 0;
  #wanted = false;
  #reading = false;
  #finished = false;
  #ended: SessionEnd | undefined;

  /** @internal use `session.attach()` */
  constructor(terminal: TerminalStream, signal?: AbortSignal) {
    super({ allowHalfOpen: false });
    this.#terminal = terminal;
    this.session = terminal.session;
    this.#events = terminal[Symbol.asyncIterator]();
    const abort = () => this.destroy(cancelled());
    if (signal?.aborted === true) abort();
    signal?.addEventListener("abort", abort, { once: true });
    this.once("close", () => signal?.removeEventListener("abort", abort));
  }

  /** Offset of the next byte of output that is to be read (as bytes, not with an encoding): `from` of another attach goes on there. */
  get offset(): number {
    return Math.max(this.#drawn, this.#offset - this.readableLength);
  }

  /** Once it has ended, how. */
  get ended(): SessionEnd | undefined {
    return this.#ended;
  }

  /** Input bytes that the session's host has not confirmed. */
  get pendingInput(): number {
    return this.#terminal.pendingInput;
  }

  /** False between a cut and the resume. */
  get connected(): boolean {
    return this.#terminal.connected;
  }

  /** My size; the session takes it when this one's typing decides, see `claim`. */
  resize(size: Size): void {
    this.#terminal.resize(size);
  }

  /** Makes this the one whose size the session has. */
  claim(): void {
    this.#terminal.claim();
  }

  /** Interrupts as Ctrl-C does, before any input that still waits. @throws FleetError `connection-lost` while there is no connection */
  interrupt(): void {
    this.#terminal.interrupt();
  }

  /** Types bytes before any input that still waits. @throws FleetError `connection-lost` while there is no connection */
  urgent(bytes: Uint8Array): void {
    this.#terminal.keys(bytes);
  }

  /** Leaves the session running: what was read so far is followed by `end`. Resolves when its host knows. */
  async detach(): Promise<void> {
    await this.#terminal.detach();
    this.#finish();
    // Nobody will read to its end.
    if (this.readableFlowing === null) this.destroy();
  }

  override _read(): void {
    this.#wanted = true;
    if (!this.#reading) this.#pull().catch((error: unknown) => this.destroy(FleetError.from(error)));
  }

  /** Until the reader has enough; taking the next event says that the one before was consumed. */
  async #pull(): Promise<void> {
    this.#reading = true;
    while (this.#wanted) {
      const { done, value } = await this.#events.next();
      if (this.destroyed) return;
      if (done === true) return this.#finish();
      this.#pass(value);
    }
    this.#reading = false;
  }

  #finish(): void {
    if (this.#finished || this.destroyed) return;
    this.#finished = true;
    this.push(null);
  }

  #pass(event: StreamEvent): void {
    switch (event.kind) {
      case "output":
        this.#offset = event.offset + event.bytes.length;
        return this.#give(event.bytes);
      case "snapshot":
        this.#offset = this.#drawn = event.header.offset;
        return this.#give(event.bytes);
      case "size":
        return void this.emit("size", event.size, event.mine);
      case "gap":
        this.#offset = this.#drawn = event.to;
        return void this.emit("gap", { from: event.from, to: event.to, reason: event.reason });
      case "connection":
        return void (event.state === "lost" ? this.emit("lost") : this.emit("resumed", event.unsure));
      case "exit":
        this.#ended = { state: event.state, exit: event.exit };
        return void this.emit("exit", this.#ended);
      case "end":
      case "timing":
    }
  }

  /** The reader may ask for more while it is given this. */
  #give(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#wanted = false;
    if (this.push(bytes)) this.#wanted = true;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Told): void {
    // Kept until the host confirms it: by then the writer may have put something else into its buffer.
    void this.#type(Buffer.from(chunk), callback);
  }

  async #type(bytes: Buffer, told: Told): Promise<void> {
    let problem: Error | null = null;
    try {
      await this.#terminal.write(bytes);
    } catch (error) {
      // What was typed for a session that has just ended is nobody's.
      if (this.#ended === undefined) problem = FleetError.from(error);
    }
    told(problem);
  }

  override _destroy(error: Error | null, callback: Told): void {
    void this.#leave(error, callback);
  }

  async #leave(error: Error | null, told: Told): Promise<void> {
    await this.#terminal.detach().catch(() => undefined);
    told(error);
  }

  override on<E extends keyof AttachEvents>(event: E, listener: AttachEvents[E]): this;
  override on(event: "data", listener: (bytes: Buffer) => void): this;
  override on(event: "error", listener: (error: Error) => void): this;
  override on(event: string | symbol, listener: Listener): this;
  override on(event: string | symbol, listener: Listener): this {
    return super.on(event, listener);
  }

  override once<E extends keyof AttachEvents>(event: E, listener: AttachEvents[E]): this;
  override once(event: "error", listener: (error: Error) => void): this;
  override once(event: string | symbol, listener: Listener): this;
  override once(event: string | symbol, listener: Listener): this {
    return super.once(event, listener);
  }
}

type Told = (error?: Error | null) => void;
// eslint-disable-next-line typescript/no-explicit-any -- as Node's own streams have it
type Listener = (...args: any[]) => void;
