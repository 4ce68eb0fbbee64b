// From the person's keyboard to the session: looks for the detach chord, never waits for the session, and says when it takes no more.
import type { TerminalStream } from "../client/stream/index.ts";
import { DetachChord } from "./detach-chord.ts";

/** Typed and not yet taken by the session, at most; a large paste fits. */
const MAX_PENDING = 1024 * 1024;
/** The same while there is no connection: what is typed blind should stay little. */
const MAX_BLIND = 4 * 1024;
/** With more than this waiting, Ctrl+C overtakes it. */
const BACKLOG = 4 * 1024;
/** One read of this size was a paste; for so long the session may still be busy with it, wherever it waits. */
const PASTE = 1024;
const PASTE_MS = 10_000;
const CTRL_C = 0x03;

export interface KeyboardHooks {
  detach(unsent: number): void;
  /** Input that went nowhere. */
  refused(bytes: number): void;
}

export class Keyboard implements Disposable {
  readonly #stdin: NodeJS.ReadStream;
  readonly #stream: TerminalStream;
  readonly #hooks: KeyboardHooks;
  readonly #chord = new DetachChord();
  readonly #readOnly: boolean;
  #timer: NodeJS.Timeout | undefined;
  #off = false;
  #pasteUntil = 0;

  constructor(stdin: NodeJS.ReadStream, stream: TerminalStream, readOnly: boolean, hooks: KeyboardHooks) {
    this.#stdin = stdin;
    this.#stream = stream;
    this.#readOnly = readOnly;
    this.#hooks = hooks;
    stdin.on("data", this.#read);
    stdin.resume();
  }

  /** Goes on reading and throws it away: late answers of the terminal must not reach the shell. */
  mute(): void {
    this.#off = true;
    clearTimeout(this.#timer);
  }

  [Symbol.dispose](): void {
    this.mute();
    this.#stdin.off("data", this.#read);
  }

  readonly #read = (read: Buffer | string): void => {
    if (this.#off) return;
    clearTimeout(this.#timer);
    const { forward, detached, unsent } = this.#chord.feed(typeof read === "string" ? Buffer.from(read) : read);
    this.#type(forward);
    if (detached) return this.#hooks.detach(unsent);
    this.#arm();
  };

  /** What may be the start of a sequence is held for a moment only. */
  #arm(): void {
    const wait = this.#chord.waitMs;
    if (wait === undefined) return;
    this.#timer = setTimeout(() => {
      this.#type(this.#chord.flush());
      this.#arm();
    }, wait);
  }

  #type(bytes: Buffer): void {
    if (bytes.length === 0 || this.#readOnly) return;
    const stream = this.#stream;
    const bulk = stream.pendingInput > BACKLOG || performance.now() < this.#pasteUntil;
    if (bytes.length === 1 && bytes[0] === CTRL_C && stream.connected && bulk) {
      // As a terminal does: an interrupt throws away what was typed and not read yet.
      stream.discardInput();
      return stream.interrupt();
    }
    if (bytes.length >= PASTE) this.#pasteUntil = performance.now() + PASTE_MS;
    if (stream.pendingInput + bytes.length > (stream.connected ? MAX_PENDING : MAX_BLIND)) return this.#hooks.refused(bytes.length);
    // Rejects only when the stream has ended, which its reader is told.
    stream.write(bytes).catch(() => {});
  }
}
