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

/** A terminal as its program has made it. */
export interface TerminalState {
  /** Equal as long as nothing is changed. */
  readonly modes: string;
  /** The program gets whole lines (canonical mode), which a person can still edit. */
  readonly collectsLines: boolean;
  /** Bytes that wait for the program; undefined where that can't be seen. */
  readonly unread: number | undefined;
}

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
  readonly #looking = new Map<number, (state: TerminalState | undefined) => void>();
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
    return new Promise((resolve, reject) => {
      this.#starting.set(number, { resolve, reject, onEnd });
      this.#ask([String(number), terminal, cwd, group, String(argv.length), ...argv, ...variables]);
    });
  }

  /** Looks at a terminal without being in anybody's way: some hundred microseconds. Undefined when there is none. */
  look(terminal: string): Promise<TerminalState | undefined> {
    const number = ++this.#last;
    return new Promise((resolve) => {
      this.#looking.set(number, resolve);
      this.#ask([String(number), terminal, "/", "", "0"]);
    });
  }

  #ask(texts: readonly string[]): void {
    const body = Buffer.from(`${texts.join("\0")}\0`);
    const request = Buffer.alloc(4 + body.length);
    request.writeUInt32LE(body.length);
    body.copy(request, 4);
    this.#process().stdin?.write(request);
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
      const [what, ...words] = line.split(" ");
      const [first = 0, second = 0, third = 0] = words.map(Number);
      if (what === "started") this.#started(first, second);
      else if (what === "seen") this.#seen(first, { collectsLines: second === 1, unread: third, modes: words[3] ?? "" });
      else if (what === "failed" && this.#looking.has(first)) this.#seen(first, undefined);
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

  #seen(number: number, state: TerminalState | undefined): void {
    this.#looking.get(number)?.(state);
    this.#looking.delete(number);
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
    for (const resolve of this.#looking.values()) resolve(undefined);
    this.#looking.clear();
    const running = [...this.#running.values()];
    this.#running.clear();
    for (const onEnd of running) onEnd(undefined);
  }
}
