// The person's own terminal: raw while attached, and as it was on every way out, also when this process crashes.
import { writeSync } from "node:fs";
import { Modes } from "./modes.ts";
import { OutputFilter } from "./output-filter.ts";
import type { Passing } from "./types.ts";
import type { Size } from "@fleetwire/shared/domain";

/** Pushes and pops the window's title. */
const TITLE = { save: "\u001b[22;2t", restore: "\u001b[23;2t" } as const;

export interface OuterTerminalOptions {
  /** A terminal as well, or nothing is read from it. */
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly passing: Passing;
}

export class OuterTerminal {
  readonly #stdin: NodeJS.ReadStream;
  readonly #stdout: NodeJS.WriteStream;
  readonly modes = new Modes();
  /** The session may name the window. */
  readonly titles: boolean;
  readonly #filter: OutputFilter;
  #entered = false;
  /** The modes are undone already. */
  #undone = false;

  constructor({ stdin, stdout, passing }: OuterTerminalOptions) {
    this.#stdin = stdin;
    this.#stdout = stdout;
    this.titles = passing.titles;
    this.#filter = new OutputFilter({ passing, onSequence: (sequence) => this.modes.see(sequence) });
  }

  get size(): Size {
    const within = (value: number | undefined, fallback: number) => Math.min(1000, Math.max(1, value === undefined || value === 0 ? fallback : value));
    return { cols: within(this.#stdout.columns, 80), rows: within(this.#stdout.rows, 24) };
  }

  enter(): void {
    this.#entered = true;
    process.on("exit", this.#lastResort);
    process.on("uncaughtExceptionMonitor", this.#lastResort);
    setBlocking(this.#stdout, false);
    if (this.#stdin.isTTY) {
      this.#stdin.setRawMode(true);
      this.#stdin.ref();
    }
    void this.print(TITLE.save);
  }

  /** Raw again, after somebody else had the terminal. */
  reenter(): void {
    if (!this.#stdin.isTTY) return;
    this.#stdin.setRawMode(false);
    this.#stdin.setRawMode(true);
  }

  /** Session output. Resolves when the terminal has taken it. */
  async show(bytes: Buffer): Promise<void> {
    if (this.#undone) return;
    await this.#write(this.#filter.feed(bytes));
  }

  /** Our own text. */
  async print(text: string): Promise<void> {
    if (this.#undone) return;
    await this.#write(Buffer.from(text));
  }

  /** Undoes what the session has switched, while input is still read and thrown away. */
  async undo(): Promise<void> {
    if (!this.#entered || this.#undone) return;
    this.#undone = true;
    const text = Buffer.from(this.modes.undo() + TITLE.restore);
    // A terminal that takes nothing any more must not keep the process.
    await Promise.race([this.#write(text), new Promise((resolve) => setTimeout(resolve, 300).unref())]);
  }

  async leave(): Promise<void> {
    if (!this.#entered) return;
    await this.undo();
    this.#entered = false;
    process.off("exit", this.#lastResort);
    process.off("uncaughtExceptionMonitor", this.#lastResort);
    this.#cook();
    setBlocking(this.#stdout, true);
    if (!this.#stdin.isTTY) return;
    // Nothing is read any more: without this the process would wait for one more key.
    this.#stdin.pause();
    this.#stdin.unref();
  }

  #cook(): void {
    if (!this.#stdin.isTTY) return;
    try {
      this.#stdin.setRawMode(false);
    } catch {
      // The terminal is gone: there is nothing to restore.
    }
  }

  readonly #lastResort = (): void => {
    if (!this.#entered) return;
    this.#entered = false;
    try {
      if (!this.#undone) writeAll(this.#stdout, this.modes.undo() + TITLE.restore);
    } catch {
      // As above.
    }
    this.#cook();
  };

  async #write(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    // Errors are told by the stream's own event: the terminal has gone.
    await new Promise<void>((resolve) => this.#stdout.write(bytes, () => resolve()));
  }
}

/** Now or never: no event loop comes after this. Gives up on a terminal that takes nothing for 100 ms. */
function writeAll(stdout: NodeJS.WriteStream, text: string): void {
  const { fd } = stdout as NodeJS.WriteStream & { fd: number };
  const nap = new Int32Array(new SharedArrayBuffer(4));
  for (let bytes = Buffer.from(text), tries = 0; bytes.length > 0 && tries < 20; tries++) {
    try {
      bytes = bytes.subarray(writeSync(fd, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(nap, 0, 0, 5);
    }
  }
}

/**
 * Node writes to terminals blocking, and a terminal that has stalled would then stop everything, signals and the detach
 * chord included. There is no public switch for that.
 */
function setBlocking(stdout: NodeJS.WriteStream, blocking: boolean): void {
  const handle = (stdout as { _handle?: { setBlocking?: (blocking: boolean) => void } })._handle;
  handle?.setBlocking?.(blocking);
}
