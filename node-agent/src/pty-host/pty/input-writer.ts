// What goes into a terminal: small non-blocking writes. A program that doesn't read costs a timer with growing pauses, not a
// core.
import { writeSync } from "node:fs";
import { KeyPause } from "./key-pause.ts";
import { PASTE_END, PasteWatch } from "./paste-watch.ts";
import { wholeFrom } from "./whole.ts";

const PIECE = 4096;
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 64;
/** More than this waiting: whoever sends has to wait. */
const HIGH_WATER = 1024 * 1024;

interface Unit {
  readonly bytes: Uint8Array;
  done: number;
  /** Milliseconds before its first byte, so that the program sees a keystroke of its own; less where it shows that it has seen the one before. */
  pauseMs: number;
  readonly urgent: boolean;
  /** The rest of a character or an escape sequence of which the program has the beginning. */
  readonly unfinished?: boolean;
  readonly onWritten: (() => void) | undefined;
  readonly onDropped: (() => void) | undefined;
}

export interface InputListener {
  /** Something is to be written. */
  readonly onInput: () => void;
  /** The queue fell below half of the high water mark. */
  readonly onDrain: () => void;
  /** Bytes that the terminal holds for its program; undefined where that can't be seen. */
  readonly unread: () => Promise<number | undefined>;
}

export interface WriteOptions {
  /** Overtakes whatever waits, but not into the middle of a paste, a character or a sequence (D8). */
  readonly urgent?: boolean;
  /** A keystroke of its own: at most so long after what came before, and not before the program has taken that. */
  readonly pauseMs?: number;
  /** The terminal took all of it. */
  readonly onWritten?: () => void;
  /** An interrupt threw it away, or the rest of it. */
  readonly onDropped?: () => void;
}

export class InputWriter {
  readonly #fd: number;
  readonly #units: Unit[] = [];
  readonly #paste = new PasteWatch();
  readonly #pause: KeyPause;
  /** When somebody typed last, milliseconds since 1970. */
  typedAt = 0;
  /** When the terminal took something last, as performance.now() gives it. */
  #takenAt = Number.NEGATIVE_INFINITY;
  #queued = 0;
  #waitMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  readonly #listener: InputListener;

  constructor(fd: number, listener: InputListener) {
    this.#fd = fd;
    this.#listener = listener;
    this.#pause = new KeyPause(listener.unread);
  }

  /** Bytes that wait. */
  get queued(): number {
    return this.#queued;
  }

  get full(): boolean {
    return this.#queued >= HIGH_WATER;
  }

  write(bytes: Uint8Array, { urgent = false, pauseMs = 0, onWritten, onDropped }: WriteOptions = {}): void {
    if (bytes.length === 0) return onWritten?.();
    if (this.#closed) return onDropped?.();
    if (!urgent) this.typedAt = Date.now();
    this.#listener.onInput();
    const unit: Unit = { bytes, done: 0, pauseMs, urgent, onWritten, onDropped };
    this.#queued += bytes.length;
    const isNext = urgent ? this.#putFirst(unit) : this.#units.push(unit) === 1;
    if (this.#timer === undefined || (urgent && isNext)) this.#pump();
  }

  /** Takes back what was given to `write`. @returns false when some of it has been written */
  withdraw(bytes: Uint8Array): boolean {
    const at = this.#units.findIndex((unit) => unit.bytes === bytes && unit.done === 0);
    if (at < 0) return false;
    const [unit] = this.#units.splice(at, 1);
    this.#queued -= bytes.length;
    unit?.onDropped?.();
    return true;
  }

  /** Forgets what waits, as a terminal does with an interrupt; a paste that was begun is ended. @returns bytes that were forgotten */
  drop(): number {
    this.#splitHead();
    const before = this.#queued;
    const dropped = this.#units.filter(({ urgent, unfinished }) => !urgent && unfinished !== true);
    this.#units.splice(0, this.#units.length, ...this.#units.filter((unit) => !dropped.includes(unit)));
    this.#queued = this.#units.reduce((sum, { bytes, done }) => sum + bytes.length - done, 0);
    const forgotten = before - this.#queued;
    this.#pause.end();
    if (this.#paste.isBegun) this.write(PASTE_END, { urgent: true });
    for (const { onDropped } of dropped) onDropped?.();
    if (before >= HIGH_WATER / 2 && this.#queued < HIGH_WATER / 2) this.#listener.onDrain();
    return forgotten;
  }

  /** The program or its terminal has answered what was written: a pause needn't be longer. */
  answered(): void {
    this.#pause.shorten();
  }

  /** Forgets what waits. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#pause.end();
    this.#queued = 0;
    for (const { onDropped } of this.#units.splice(0)) onDropped?.();
  }

  /** @returns whether it is the next to be written */
  #putFirst(unit: Unit): boolean {
    this.#splitHead();
    let at = this.#paste.isOpen ? this.#afterPaste() : this.#units[0]?.unfinished === true ? 1 : 0;
    while (this.#units[at]?.urgent === true) at++;
    this.#units.splice(at, 0, unit);
    return at === 0;
  }

  /** What of the first unit was written is over: what comes now may go before the rest of it, after what the program has half of. */
  #splitHead(): void {
    const head = this.#units[0];
    if (head === undefined || head.done === 0) return;
    const whole = wholeFrom(head.bytes, head.done);
    const rest = { ...head, bytes: head.bytes.subarray(whole), done: 0 };
    const begun = { ...head, bytes: head.bytes.subarray(head.done, whole), done: 0, unfinished: true };
    if (whole === head.done) this.#units[0] = rest;
    else if (rest.bytes.length === 0) this.#units[0] = begun;
    else this.#units.splice(0, 1, { ...begun, onWritten: undefined, onDropped: undefined }, rest);
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
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const before = this.#queued;
    for (let unit = this.#units[0]; unit !== undefined; unit = this.#units[0]) {
      if (unit.pauseMs > 0) {
        this.#pause.before(unit, this.#takenAt, () => this.#pump());
        break;
      }
      const written = this.#writePiece(unit);
      if (written === 0) {
        this.#waitMs = Math.min(LONGEST_WAIT_MS, Math.max(FIRST_WAIT_MS, this.#waitMs * 2));
        if (!this.#closed) this.#timer = setTimeout(() => this.#pump(), this.#waitMs);
        break;
      }
      this.#waitMs = 0;
      this.#takenAt = performance.now();
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
