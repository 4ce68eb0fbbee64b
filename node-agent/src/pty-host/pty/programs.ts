// Starts a program on a terminal of its own: through fleet-spawn where it was built, otherwise by forking this process.
import { closeSync, constants, openSync } from "node:fs";
import { FleetError } from "@fleetwire/shared/errors";
import type { Size } from "@fleetwire/shared/control";
import type { Native } from "./native.ts";
import { Reading } from "./reading.ts";
import type { OnEnd, Spawner, TerminalState } from "./spawner.ts";
import { sttyOf } from "./stty.ts";

export interface ProgramSpec {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly size: Size;
  /** Directory of the control group that it starts in. */
  readonly group: string | undefined;
}

export interface Program {
  readonly pid: number;
  /** The terminal's master side, non-blocking. */
  readonly master: number;
  /** Undefined where it can't be opened (another user's): then the kernel's own rules hold. */
  readonly slave: number | undefined;
  readonly path: string;
}

export class Programs implements Disposable {
  readonly reading = new Reading();
  readonly #native: Native;
  readonly #spawner: Spawner | undefined;

  constructor(native: Native, spawner: Spawner | undefined) {
    this.#native = native;
    this.#spawner = spawner;
  }

  /** Whether programs can start in a control group. */
  get enterGroups(): boolean {
    return this.#spawner !== undefined;
  }

  /** @throws FleetError `launch-failed` when the kernel gives no terminal or process */
  async start(spec: ProgramSpec, onEnd: OnEnd): Promise<Program> {
    try {
      return this.#spawner === undefined ? this.#fork(spec, onEnd) : await this.#spawn(this.#spawner, spec, onEnd);
    } catch (error) {
      throw new FleetError("launch-failed", `no new terminal: ${(error as Error).message}`, { hint: "the machine may be out of terminals, processes or descriptors", cause: error });
    }
  }

  /** Its terminal as it is now; undefined where that can't be seen. */
  look({ path }: Pick<Program, "path">): Promise<TerminalState | undefined> {
    return this.#spawner?.look(path) ?? sttyOf(path);
  }

  resize({ master }: Program, { cols, rows }: Size): void {
    this.#native.binding.resize(master, cols, rows);
  }

  [Symbol.dispose](): void {
    this.#spawner?.[Symbol.dispose]();
  }

  async #spawn(spawner: Spawner, { argv, cwd, env, size, group }: ProgramSpec, onEnd: OnEnd): Promise<Program> {
    const { master, slave, pty: path } = this.#native.binding.open(size.cols, size.rows);
    try {
      const pid = await spawner.start({ terminal: path, cwd, argv, env, ...(group === undefined ? {} : { group: `${group}/cgroup.procs` }) }, onEnd);
      return { pid, master, slave, path };
    } catch (error) {
      closeSync(master);
      closeSync(slave);
      throw error;
    }
  }

  #fork({ argv: [file = "", ...args], cwd, env, size }: ProgramSpec, onEnd: OnEnd): Program {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const { pid, fd, pty } = this.#native.binding.fork(file, args, variables, cwd, size.cols, size.rows, -1, -1, true, this.#native.helperPath, (code, signal) => onEnd({ code, signal }));
    return { pid, master: fd, slave: openSlave(pty), path: pty };
  }
}

function openSlave(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  } catch {
    return undefined;
  }
}
