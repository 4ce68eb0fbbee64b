// The host's line to fleet-spawn (fleet-spawn.c), which starts the programs of its sessions and says how they end.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import { getSystemErrorName } from "node:util";

export interface ProgramToStart {
  /** Path of the terminal it gets. */
  readonly terminal: string;
  readonly cwd: string;
  /** The `cgroup.procs` file of its control group. */
  readonly group?: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How a program ended; `signal` 0: by itself. Undefined: nobody can say. */
export type End = { readonly code: number; readonly signal: number } | undefined;
export type OnEnd = (end: End) => void;

interface Starting {
  readonly resolve: (pid: number) => void;
  readonly reject: (error: Error) => void;
  readonly onEnd: OnEnd;
}

export class Spawner implements Disposable {
  readonly #path: string;
  #child: ChildProcess | undefined;
  #last = 0;
  #unread = "";
  readonly #starting = new Map<number, Starting>();
  readonly #running = new Map<number, OnEnd>();

  /** Started with the first program. */
  private constructor(path: string) {
    this.#path = path;
  }

  /** @param program path of the built fleet-spawn @returns undefined where it wasn't built: without a compiler, or not on Linux */
  static at(program: string): Spawner | undefined {
    if (process.platform !== "linux" || !existsSync(program)) return undefined;
    // The program as it is now, also when an upgrade has put another in its place.
    const held = `/proc/${process.pid}/fd/${openSync(program, "r")}`;
    return new Spawner(existsSync(held) ? held : program);
  }

  /** @returns its process id @throws Error when there can be no more processes */
  start({ terminal, cwd, group = "", argv, env }: ProgramToStart, onEnd: OnEnd): Promise<number> {
    const number = ++this.#last;
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const texts = [String(number), terminal, cwd, group, String(argv.length), ...argv, ...variables];
    const body = Buffer.from(`${texts.join("\0")}\0`);
    const request = Buffer.alloc(4 + body.length);
    request.writeUInt32LE(body.length);
    body.copy(request, 4);
    return new Promise((resolve, reject) => {
      this.#starting.set(number, { resolve, reject, onEnd });
      this.#process().stdin?.write(request);
    });
  }

  [Symbol.dispose](): void {
    const child = this.#child;
    this.#child = undefined;
    child?.stdin?.end();
  }

  #process(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const child = spawn(this.#path, [], { stdio: ["pipe", "pipe", "inherit"], cwd: "/", env: {} });
    for (const part of [child, child.stdin, child.stdout] as { unref(): void }[]) part.unref();
    child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#heard(text));
    child.stdin?.on("error", () => {});
    child.once("error", (error) => this.#died(child, error)).once("exit", () => this.#died(child, new Error("fleet-spawn ended")));
    this.#child = child;
    return child;
  }

  #heard(text: string): void {
    const lines = (this.#unread + text).split("\n");
    this.#unread = lines.pop() ?? "";
    for (const line of lines) {
      const [what, ...numbers] = line.split(" ");
      const [first = 0, second = 0, third = 0] = numbers.map(Number);
      if (what === "started") this.#started(first, second);
      else if (what === "failed") this.#take(first)?.reject(new Error(getSystemErrorName(-second)));
      else if (what === "ended") this.#ended(first, second, third);
    }
  }

  #started(number: number, pid: number): void {
    const starting = this.#take(number);
    if (starting === undefined) return;
    this.#running.set(pid, starting.onEnd);
    starting.resolve(pid);
  }

  #ended(pid: number, code: number, signal: number): void {
    const onEnd = this.#running.get(pid);
    this.#running.delete(pid);
    onEnd?.({ code, signal });
  }

  #take(number: number): Starting | undefined {
    const starting = this.#starting.get(number);
    this.#starting.delete(number);
    return starting;
  }

  #died(child: ChildProcess, error: Error): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#unread = "";
    for (const { reject } of this.#starting.values()) reject(error);
    this.#starting.clear();
    const running = [...this.#running.values()];
    this.#running.clear();
    for (const onEnd of running) onEnd(undefined);
  }
}
