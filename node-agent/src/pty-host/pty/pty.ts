// One program on one terminal. The host holds the slave side open too, so that the kernel keeps every byte until the
// master was drained; only then is the exit announced (D5).
import { closeSync, constants, openSync, readSync } from "node:fs";
import { constants as os } from "node:os";
import type { OnReadOpts } from "node:net";
import { ReadStream } from "node:tty";
import { FleetError } from "@fleetwire/shared/errors";
import type { SessionExit, Size } from "@fleetwire/shared/control";
import { InputWriter } from "./input-writer.ts";
import type { Native } from "./native.ts";

export interface PtySpec {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly size: Size;
  /** Directory of the control group that the program starts in. */
  readonly group: string | undefined;
}

export interface PtyListener {
  output(bytes: Buffer): void;
  /** After the last byte. */
  exit(exit: SessionExit): void;
  /** The input queue has room again. */
  drain(): void;
}

/** All terminals are read into this one, one at a time, and copied from it: a buffer each would be most of what a session costs. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);
/** The kernel hands out at most about 4 KiB a read. So much at once means that more waits, and waking everybody for each piece is what costs. */
const FULL_READ = 4095;
/** Processes that left the session may still print after its end: they are heard for so many more bytes. */
const LAST_WORDS = 4 * 1024 * 1024;
const SIGNAL_NAMES = new Map(Object.entries(os.signals).map(([name, number]) => [number as number, name]));

export class Pty {
  readonly pid: number;
  readonly path: string;
  readonly input: InputWriter;
  readonly #native: Native;
  readonly #fd: number;
  readonly #slave: number | undefined;
  readonly #stream: ReadStream;
  readonly #listener: PtyListener;
  #ended = false;

  /** @throws FleetError `launch-failed` when the kernel gives no terminal or process */
  constructor(native: Native, spec: PtySpec, listener: PtyListener) {
    this.#native = native;
    this.#listener = listener;
    const [file, ...args] = native.execHelper === undefined ? spec.argv : [native.execHelper, spec.group === undefined ? "-" : `${spec.group}/cgroup.procs`, ...spec.argv];
    const env = Object.entries(spec.env).map(([name, value]) => `${name}=${value}`);
    let forked;
    try {
      forked = native.binding.fork(file ?? "", args, env, spec.cwd, spec.size.cols, spec.size.rows, -1, -1, true, native.helperPath, (code, signal) => this.#reaped(code, signal));
    } catch (error) {
      throw new FleetError("launch-failed", `no new terminal: ${(error as Error).message}`, { hint: "the machine may be out of terminals, processes or descriptors", cause: error });
    }
    this.pid = forked.pid;
    this.path = forked.pty;
    this.#fd = forked.fd;
    this.#slave = openSlave(forked.pty);
    this.input = new InputWriter(forked.fd, () => listener.drain());
    const onread: OnReadOpts = { buffer: READ_BUFFER, callback: (length) => this.#read(length) };
    this.#stream = new ReadStream(forked.fd, { onread } as ConstructorParameters<typeof ReadStream>[1]);
    this.#stream.on("error", () => {});
    this.#stream.resume();
  }

  resize(size: Size): void {
    if (this.#ended) return;
    this.#native.binding.resize(this.#fd, size.cols, size.rows);
  }

  /** Stops and goes on reading: the program stops when the terminal's buffer is full. */
  pause(paused: boolean): void {
    if (this.#ended) return;
    if (paused) this.#stream.pause();
    else this.#stream.resume();
  }

  /** What came, with what can be read without waiting. */
  #read(first: number): boolean {
    let length = first;
    try {
      for (let read = first; read >= FULL_READ && length < READ_BUFFER.length; length += read) read = readSync(this.#fd, READ_BUFFER, length, READ_BUFFER.length - length, null);
    } catch {
      // EAGAIN: that was all. EIO: the stream will find that out, too.
    }
    this.#listener.output(Buffer.from(READ_BUFFER.subarray(0, length)));
    return true;
  }

  #reaped(code: number, signal: number): void {
    this.#ended = true;
    this.input.close();
    this.#drain();
    this.#stream.destroy();
    if (this.#slave !== undefined) closeSync(this.#slave);
    this.#listener.exit(signal === 0 ? { code } : { signal: SIGNAL_NAMES.get(signal) ?? `SIG${signal}` });
  }

  /** Everything that the kernel still has. */
  #drain(): void {
    for (let total = 0; total < LAST_WORDS; ) {
      let read;
      try {
        read = readSync(this.#fd, READ_BUFFER, 0, READ_BUFFER.length, null);
      } catch {
        return; // EAGAIN: nothing more. EIO: nothing more for ever.
      }
      if (read === 0) return;
      total += read;
      this.#listener.output(Buffer.from(READ_BUFFER.subarray(0, read)));
    }
  }
}

/** Undefined where the slave can't be opened (another user's): then the kernel's own rules hold. */
function openSlave(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  } catch {
    return undefined;
  }
}
