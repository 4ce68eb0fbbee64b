// One program on one terminal. The host holds the slave side open too, so that the kernel keeps every byte until the
// master was drained; only then is the exit announced (D5).
import { closeSync, readSync } from "node:fs";
import { constants as os } from "node:os";
import type { OnReadOpts } from "node:net";
import { ReadStream } from "node:tty";
import type { SessionExit, Size } from "@fleetwire/shared/control";
import { InputWriter } from "./input-writer.ts";
import type { Program, Programs, ProgramSpec } from "./programs.ts";
import { FULL_READ } from "./reading.ts";
import type { End, TerminalState } from "./spawner.ts";

export interface PtyListener {
  output(bytes: Buffer): void;
  /** After the last byte. */
  exit(exit: SessionExit): void;
  /** The input queue has room again. */
  drain(): void;
}

/** Processes that left the session may still print after its end: they are heard for so many more bytes. */
const LAST_WORDS = 4 * 1024 * 1024;
const SIGNAL_NAMES = new Map(Object.entries(os.signals).map(([name, number]) => [number as number, name]));

export class Pty {
  readonly input: InputWriter;
  readonly #programs: Programs;
  readonly #program: Program;
  readonly #stream: ReadStream;
  readonly #listener: PtyListener;
  #ended = false;
  #paused = false;

  private constructor(programs: Programs, program: Program, listener: PtyListener) {
    this.#programs = programs;
    this.#program = program;
    this.#listener = listener;
    this.input = new InputWriter(program.master, { onInput: () => programs.reading.typed(), onDrain: () => listener.drain(), unread: async () => (await this.look())?.unread });
    const onread: OnReadOpts = { buffer: programs.reading.buffer, callback: (length) => this.#read(length) };
    this.#stream = new ReadStream(program.master, { onread } as ConstructorParameters<typeof ReadStream>[1]);
    this.#stream.on("error", () => {});
    this.#stream.resume();
  }

  /** The listener hears nothing before the caller has the answer. @throws FleetError `launch-failed` when the kernel gives no terminal or process */
  static async start(programs: Programs, spec: ProgramSpec, listener: PtyListener): Promise<Pty> {
    let reaped = (_end: End) => {};
    const program = await programs.start(spec, (end) => setImmediate(() => reaped(end)));
    const pty = new Pty(programs, program, listener);
    reaped = (end) => pty.#reaped(end);
    return pty;
  }

  get pid(): number {
    return this.#program.pid;
  }

  /** Of its terminal. */
  get path(): string {
    return this.#program.path;
  }

  /** The terminal as its program has made it; undefined where that can't be seen. */
  look(): Promise<TerminalState | undefined> {
    return this.#ended ? Promise.resolve(undefined) : this.#programs.look(this.#program);
  }

  resize(size: Size): void {
    if (!this.#ended) this.#programs.resize(this.#program, size);
  }

  /** Stops and goes on reading: the program stops when the terminal's buffer is full. */
  pause(paused: boolean): void {
    if (this.#ended) return;
    this.#paused = paused;
    if (paused) this.#stream.pause();
    else this.#stream.resume();
  }

  /** Whatever the terminal has by now is output, before anything else happens. */
  catchUp(): void {
    if (!this.#ended && !this.#paused) this.#drain(this.#programs.reading.most);
  }

  /** What came, with what can be read without waiting. */
  #read(first: number): boolean {
    const { buffer, most } = this.#programs.reading;
    let length = first;
    try {
      for (let read = first; read >= FULL_READ && length < most; length += read) read = readSync(this.#program.master, buffer, length, buffer.length - length, null);
    } catch {
      // EAGAIN: that was all. EIO: the stream will find that out, too.
    }
    this.#listener.output(Buffer.from(buffer.subarray(0, length)));
    this.input.answered();
    return true;
  }

  #reaped(end: End): void {
    if (this.#ended) return;
    this.#ended = true;
    this.input.close();
    this.#drain(LAST_WORDS);
    this.#stream.destroy();
    if (this.#program.slave !== undefined) closeSync(this.#program.slave);
    this.#listener.exit(exitOf(end));
  }

  /** What the kernel still has. @param most bytes, about */
  #drain(most: number): void {
    const { buffer } = this.#programs.reading;
    for (let total = 0; total < most; ) {
      let read;
      try {
        read = readSync(this.#program.master, buffer, 0, buffer.length, null);
      } catch {
        return; // EAGAIN: nothing more. EIO: nothing more for ever.
      }
      if (read === 0) return;
      total += read;
      this.#listener.output(Buffer.from(buffer.subarray(0, read)));
    }
  }
}

/** Without whoever started it nobody hears of its end; its terminal is closed now, and with that it ends as a rule. */
function exitOf(end: End): SessionExit {
  if (end === undefined) return { reason: "the process that had started it ended" };
  return end.signal === 0 ? { code: end.code } : { signal: SIGNAL_NAMES.get(end.signal) ?? `SIG${end.signal}` };
}
