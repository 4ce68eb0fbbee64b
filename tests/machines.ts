// Machines for end-to-end tests: a FLEET_HOME each, the built `fleet` on the PATH, nothing of this shell's own fleet.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { waitFor } from "../shared/src/testing/index.ts";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class Machine implements AsyncDisposable {
  readonly home: string;
  readonly env: Record<string, string>;

  /** What goes when it is disposed. */
  readonly #directory: string;

  constructor(home: string, extra: Readonly<Record<string, string>> = {}, directory = home) {
    this.#directory = directory;
    mkdirSync(home, { recursive: true, mode: 0o700 });
    this.home = home;
    this.env = { ...cleanEnv(), FLEET_HOME: home, PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`, ...extra };
  }

  /** Runs `fleet …` and answers whatever came of it. */
  fleet(...args: string[]): Promise<Result> {
    return this.run("fleet", args);
  }

  /** Runs `fleet …`, which must succeed. @returns its standard output, trimmed */
  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.fleet(...args);
    if (code !== 0) throw new Error(`fleet ${args.join(" ")} exited with ${code}: ${stderr}`);
    return stdout.trim();
  }

  async json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.ok(...args, "--json")) as T;
  }

  run(command: string, args: readonly string[], options: { input?: string; cwd?: string } = {}): Promise<Result> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, { env: this.env, cwd: options.cwd ?? this.home, stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"] });
      let stdout = "";
      let stderr = "";
      child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      child.stdin?.end(options.input);
      child.on("error", reject);
      child.on("close", (code, signal) => resolve({ code: code ?? (signal === null ? 1 : 128), stdout, stderr }));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fleet("hub", "down");
    await this.fleet("down", "--sessions", "--yes");
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Makes a hub on ports of its own: tests run beside each other, and the usual port may be taken between `init` and `up`. */
export async function initHub(hub: Machine): Promise<void> {
  await hub.ok("hub", "init", "--nats-port", String(await freePort()), "--gateway-port", String(await freePort()));
}

/** A fleet with credentials: a hub, with a node called `name`, and a node on each of the others, called as its key. All live when it answers. */
export async function bringUp(hub: Machine, name: string, others: Readonly<Record<string, Machine>>): Promise<void> {
  await initHub(hub);
  await hub.ok("hub", "up");
  await hub.ok("up", "--name", name);
  for (const [other, on] of Object.entries(others)) await on.ok("up", "--join", await hub.ok("hub", "token", "--role", "node", "--name", other));
  const all = 1 + Object.keys(others).length;
  await waitFor("all nodes are live", async () => (await hub.json<{ state: string }[]>("nodes")).filter(({ state }) => state === "live").length === all, 20_000);
}

/** A directory with a short name: sockets live below it. */
export function shortTemporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), "fe-"));
}

/** A machine in a network namespace of its own. */
export class NetworkedMachine extends Machine {
  readonly network: string;

  constructor(network: string, extra: Readonly<Record<string, string>> = {}) {
    super(shortTemporaryDirectory(), extra);
    this.network = network;
  }

  override run(command: string, args: readonly string[], options: { input?: string; cwd?: string } = {}): Promise<Result> {
    return super.run("ip", ["netns", "exec", this.network, command, ...args], options);
  }
}

export function machine(extra: Readonly<Record<string, string>> = {}): Machine {
  return new Machine(shortTemporaryDirectory(), extra);
}

export function cleanEnv(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !/^(FLEET_|NATS_|TMUX|VITEST)/.test(entry[0])));
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
