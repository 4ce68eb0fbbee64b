// What goes into a terminal: small non-blocking writes. A program that doesn't read costs a timer with growing pauses, not a
// core.
import { writeSync } from "node:fs";
import { PasteWatch } from "./paste-watch.ts";

const PIECE = 4096;
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 64;
const LEAST_PAUSE_MS = 3;
/** More than this waiting: whoever sends has to wait. */
const HIGH_WATER = 1024 * 1024;

interface Unit {
  readonly bytes: Uint8Array;
  done: number;
  /** Milliseconds before its first byte, so that the program sees a keystroke of its own; less where it shows that it has seen the one before. */
  pauseMs: number;
  readonly urgent: boolean;
  readonly onWritten: (() => void) | undefined;
}

export interface InputListener {
  /** Something is to be written. */
  readonly onInput: () => void;
  /** The queue fell below half of the high water mark. */
  readonly onDrain: () => void;
}

export interface WriteOptions {
  /** Overtakes whatever waits, but not into the middle of a paste (D8). */
  readonly urgent?: boolean;
  readonly pauseMs?: number;
  /** The terminal took all of it. */
  readonly onWritten?: () => void;
}

export class InputWriter {
  readonly #fd: number;
  readonly #units: Unit[] = [];
  readonly #paste = new PasteWatch();
  #queued = 0;
  #waitMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  /** Since when the next unit waits for its pause. */
  #pausedAt: number | undefined;
  readonly #listener: InputListener;

  constructor(fd: number, listener: InputListener) {
    this.#fd = fd;
    this.#listener = listener;
  }

  /** Bytes that wait. */
  get queued(): number {
    return this.#queued;
  }

  get full(): boolean {
    return this.#queued >= HIGH_WATER;
  }

  write(bytes: Uint8Array, { urgent = false, pauseMs = 0, onWritten }: WriteOptions = {}): void {
    if (this.#closed || bytes.length === 0) return onWritten?.();
    this.#listener.onInput();
    const unit: Unit = { bytes, done: 0, pauseMs, urgent, onWritten };
    this.#queued += bytes.length;
    if (!urgent) this.#units.push(unit);
    else if (this.#putFirst(unit)) clearTimeout(this.#timer);
    if (this.#timer === undefined || (urgent && this.#units[0] === unit)) this.#pump();
  }

  /** The program or its terminal has answered what was written: a pause needn't be longer. */
  answered(): void {
    if (this.#pausedAt === undefined) return;
    clearTimeout(this.#timer);
    const left = LEAST_PAUSE_MS - (performance.now() - this.#pausedAt);
    this.#pausedAt = undefined;
    if (left <= 0) this.#pump();
    else this.#later(left);
  }

  /** Forgets what waits. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#units.length = 0;
    this.#queued = 0;
  }

  /** @returns whether it is the next to be written */
  #putFirst(unit: Unit): boolean {
    this.#splitHead();
    let at = this.#paste.isOpen ? this.#afterPaste() : 0;
    while (this.#units[at]?.urgent === true) at++;
    this.#units.splice(at, 0, unit);
    return at === 0;
  }

  /** What of the first unit was written is over: what comes now may go before the rest of it. */
  #splitHead(): void {
    const head = this.#units[0];
    if (head === undefined || head.done === 0) return;
    this.#units[0] = { ...head, bytes: head.bytes.subarray(head.done), done: 0 };
  }

  /** Index of the unit after the paste that is being written; the unit in which it ends is divided there. */
  #afterPaste(): number {
    for (const [index, unit] of this.#units.entries()) {
      const end = PasteWatch.endIn(unit.bytes);
      if (end < 0) continue;
      if (end === unit.bytes.length) return index + 1;
      this.#units.splice(index, 1, { ...unit, bytes: unit.bytes.subarray(0, end), onWritten: undefined }, { ...unit, bytes: unit.bytes.subarray(end), pauseMs: 0 });
      return index + 1;
    }
    return this.#units.length;
  }

  #pump(): void {
    this.#timer = undefined;
    this.#pausedAt = undefined;
    const before = this.#queued;
    for (let unit = this.#units[0]; unit !== undefined; unit = this.#units[0]) {
      if (unit.pauseMs > 0) {
        this.#later(unit.pauseMs);
        unit.pauseMs = 0;
        this.#pausedAt = performance.now();
        break;
      }
      const written = this.#writePiece(unit);
      if (written === 0) {
        this.#waitMs = Math.min(LONGEST_WAIT_MS, Math.max(FIRST_WAIT_MS, this.#waitMs * 2));
        if (!this.#closed) this.#later(this.#waitMs);
        break;
      }
      this.#waitMs = 0;
      this.#paste.wrote(unit.bytes.subarray(unit.done, unit.done + written));
      unit.done += written;
      this.#queued -= written;
      if (unit.done < unit.bytes.length) continue;
      this.#units.shift();
      unit.onWritten?.();
      if (this.#closed) return;
    }
    if (before >= HIGH_WATER / 2 && this.#queued < HIGH_WATER / 2) this.#listener.onDrain();
  }

  #later(ms: number): void {
    this.#timer = setTimeout(() => this.#pump(), ms);
  }

  /** Bytes the terminal took; 0: none now. */
  #writePiece(unit: Unit): number {
    try {
      return writeSync(this.#fd, unit.bytes, unit.done, Math.min(PIECE, unit.bytes.length - unit.done));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return 0;
      // The terminal is gone: what waits can't be typed any more.
      this.close();
      return 0;
    }
  }
}
