// A real node agent in a home of its own, for tests: bundled as it ships, spoken to over its socket.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions, type Plugin } from "esbuild";
import type { InputOf, NODE_CONTRACTS, NodeVerb, OutputOf } from "@fleetwire/shared/bus";
import type { ErrorRecord } from "@fleetwire/shared/errors";
import { waitFor } from "@fleetwire/shared/testing";
import { groupMembers, removeGroup } from "./pty-host/processes/session-group.ts";

const source = dirname(fileURLToPath(import.meta.url));

/**
 * Bundles agent and PTY host, once per test file. Below node_modules, so that native modules are found.
 * @param plugins e.g. one that makes another release of it
 */
export async function bundleAgent(plugins: Plugin[] = []): Promise<{ program: string } & Disposable> {
  const parent = join(source, "../../node_modules/.fleetwire-test");
  mkdirSync(parent, { recursive: true });
  const outdir = mkdtempSync(join(parent, "agent-"));
  const banner = {
    js: 'import{createRequire as __cr}from"node:module";import{fileURLToPath as __fu}from"node:url";const require=__cr(import.meta.url),__filename=__fu(import.meta.url),__dirname=__fu(new URL(".",import.meta.url));',
  };
  const common = { bundle: true, platform: "node", target: "node20", format: "esm", external: ["node-pty", "better-sqlite3"], banner, outdir, plugins, logLevel: "warning" } satisfies BuildOptions;
  await Promise.all([
    build({ ...common, entryPoints: { "fleet-node": join(source, "main.ts") }, splitting: true }),
    build({ ...common, entryPoints: { "fleet-pty": join(source, "pty-host/main.ts"), "screen-worker": join(source, "pty-host/screen/worker.ts"), "search-worker": join(source, "search/worker.ts") } }),
  ]);
  for (const helper of ["pty/fleet-spawn", "server/fleet-pass"]) execFileSync("cc", ["-o", join(outdir, basename(helper)), join(source, "pty-host", `${helper}.c`)]);
  return { program: join(outdir, "fleet-node.js"), [Symbol.dispose]: () => rmSync(outdir, { recursive: true, force: true }) };
}

export interface Reply<T> {
  readonly status: number;
  readonly body: T & { error?: ErrorRecord };
}

type Out<V extends NodeVerb> = OutputOf<(typeof NODE_CONTRACTS)[V]>;

export class TestAgent implements AsyncDisposable {
  readonly home: string;
  readonly #program: string;
  readonly #env: Record<string, string>;
  #child: ChildProcess | undefined;

  /** @param home one that is there already, e.g. on a file system of its own */
  constructor(program: string, env: Readonly<Record<string, string>> = {}, home = mkdtempSync(join(tmpdir(), "fw-"))) {
    this.#program = program;
    this.home = home;
    const own = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !/^(FLEET_|NATS_)/.test(entry[0]));
    this.#env = { ...Object.fromEntries(own), FLEET_HOME: this.home, FLEET_NODE_NAME: "test", ...env };
  }

  get socket(): string {
    return join(this.home, "run/agent.sock");
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts it and waits until it answers. */
  async start(): Promise<this> {
    this.#child = this.spawn();
    const child = this.#child;
    await waitFor("the agent answers", async () => {
      if (child.exitCode !== null) throw new Error(`the agent ended with ${child.exitCode}`);
      return existsSync(this.socket) && (await this.raw("node-get", {})).status === 200;
    });
    return this;
  }

  /** Another agent process of this home. */
  spawn(stderr: "inherit" | "ignore" = "inherit"): ChildProcess {
    return spawn(process.execPath, [this.#program], { env: this.#env, stdio: ["ignore", "ignore", stderr] });
  }

  /** Runs another agent process of this home to its end. */
  run(): Promise<{ code: number | null; stderr: string }> {
    const child = spawn(process.execPath, [this.#program], { env: this.#env, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    return new Promise((resolve) => child.once("close", (code) => resolve({ code, stderr })));
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null;
    const gone = new Promise<number | null>((resolve) => child.once("exit", resolve));
    child.kill(signal);
    return gone;
  }

  /** @throws the error record's code and message */
  async ask<V extends NodeVerb>(verb: V, input: InputOf<(typeof NODE_CONTRACTS)[V]> | object = {}, headers: Record<string, string> = {}): Promise<Out<V>> {
    const { body } = await this.raw<Out<V>>(verb, input, headers);
    const { error } = body as { error?: ErrorRecord };
    if (error !== undefined) throw Object.assign(new Error(error.message), { code: error.code, hint: error.hint });
    return body;
  }

  raw<T = unknown>(verb: string, input: unknown, headers: Record<string, string> = {}, socketPath = this.socket): Promise<Reply<T>> {
    return new Promise((resolve, reject) => {
      const text = typeof input === "string" ? input : JSON.stringify(input);
      const asked = request({ socketPath, method: "POST", path: `/v1/${verb}`, headers: { "content-length": Buffer.byteLength(text), ...headers } }, (response) => {
        let said = "";
        response.on("data", (chunk: Buffer) => (said += chunk.toString()));
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(said === "" ? "{}" : said) as Reply<T>["body"] }));
      });
      asked.on("error", reject);
      asked.end(text);
    });
  }

  hosts(): { hostId: string; pid: number }[] {
    const directory = join(this.home, "run/hosts");
    return readdirSync(directory).filter((name) => name.endsWith(".json")).map((name) => JSON.parse(readFileSync(join(directory, name), "utf8")) as { hostId: string; pid: number });
  }

  /** What a test has killed can't clean up after itself. */
  #removeGroups(): void {
    const sessions = join(this.home, "state/sessions");
    if (!existsSync(sessions) || !statSync(sessions).isDirectory()) return;
    for (const name of readdirSync(sessions)) {
      const group = groupIn(join(sessions, name));
      if (group === undefined || !existsSync(group)) continue;
      for (const pid of groupMembers(group)) kill(pid);
      removeGroup(group);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (existsSync(this.socket)) await this.raw("agent-stop", { sessions: true, graceMs: 100 }).catch(() => undefined);
    await this.end("SIGKILL");
    if (existsSync(join(this.home, "run/hosts"))) for (const { pid } of this.hosts()) kill(pid);
    this.#removeGroups();
    if (existsSync(this.home)) chmodSync(this.home, 0o700);
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Of a session, as its life says. */
function groupIn(sessionDirectory: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(sessionDirectory, "life.json"), "utf8")) as { group?: string }).group;
  } catch {
    return undefined;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
