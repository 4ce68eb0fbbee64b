// For tests: the `fleet` command built from these sources into a directory of its own, a home, and in place of this machine's
// node a real HTTP server on its unix socket that answers as it is told.
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile, type Plugin } from "esbuild";
import type { NodeRecord, SessionRecord } from "@fleetwire/shared/domain";

export interface Built extends Disposable {
  /** Directory with a `fleet` program in it. */
  readonly bin: string;
  readonly entry: string;
  readonly metafile: Metafile;
}

/** @param plugins e.g. one that makes another release of it */
export async function buildFleet(version = "0.0.1", plugins: Plugin[] = []): Promise<Built> {
  const directory = mkdtempSync(join(tmpdir(), "fwb-"));
  const { metafile } = await build({
    entryPoints: { fleet: join(dirname(fileURLToPath(import.meta.url)), "main.ts") },
    outdir: join(directory, "dist"),
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    metafile: true,
    plugins,
    logLevel: "error",
    banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
  });
  const bin = join(directory, "bin");
  mkdirSync(bin);
  writeFileSync(join(directory, "package.json"), JSON.stringify({ name: "fleet", version, type: "module" }));
  writeFileSync(join(bin, "fleet"), `#!/bin/sh\nexec '${process.execPath}' '${join(directory, "dist", "fleet.js")}' "$@"\n`);
  chmodSync(join(bin, "fleet"), 0o755);
  return { bin, entry: join(directory, "dist", "fleet.js"), metafile, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) };
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Home implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "fw-"));
  readonly env: Record<string, string>;

  constructor(built: Built, extra: Readonly<Record<string, string>> = {}) {
    const kept = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !/^(FLEET_|NATS_|VITEST|XDG_|NODE_)/.test(entry[0]));
    this.env = { ...Object.fromEntries(kept), HOME: this.path, FLEET_HOME: this.path, PATH: `${built.bin}:${process.env["PATH"] ?? ""}`, ...extra };
    for (const name of ["run", "state", "config"]) mkdirSync(join(this.path, name), { mode: 0o700 });
  }

  run(command: string, args: readonly string[], options: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {}): Promise<Ended> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd: this.path, env: { ...this.env, ...options.env }, stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"] });
      let stdout = "";
      let stderr = "";
      child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      child.stdin?.end(options.input);
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, stdout, stderr }));
    });
  }

  fleet(...args: string[]): Promise<Ended> {
    return this.run("fleet", args);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export interface Request {
  readonly verb: string;
  readonly input: unknown;
  readonly operation: string | undefined;
  readonly authorization: string | undefined;
}

/** What to answer: an output, an error record with a status, or `drop` for a connection that ends. */
export type Answers = Readonly<Record<string, (input: never, request: Request) => unknown>>;
export const refusal = (code: string, message: string) => ({ status: 400, error: { code, message } });
export const DROP = Symbol("drop");

export interface StandIn extends AsyncDisposable {
  readonly requests: Request[];
  readonly server: Server;
}

/** @param at a socket's path, or a port of loopback */
export async function standIn(at: string | number, answers: Answers): Promise<StandIn> {
  const requests: Request[] = [];
  const server = createServer((message, response) => {
    let body = "";
    message.on("data", (chunk: Buffer) => (body += chunk.toString()));
    message.on("end", () => {
      const verb = (message.url ?? "").replace("/v1/", "");
      const request = { verb, input: JSON.parse(body || "{}") as unknown, operation: message.headers["fleet-operation"] as string | undefined, authorization: message.headers.authorization };
      requests.push(request);
      const result = answers[verb]?.(request.input as never, request) ?? refusal("version-skew", `no ${verb} here`);
      if (result === DROP) return message.socket.destroy();
      const failed = typeof result === "object" && result !== null && "error" in result;
      const text = JSON.stringify(failed ? { error: (result as { error: unknown }).error } : result);
      response.writeHead(failed ? 400 : 200, { "content-length": Buffer.byteLength(text) }).end(text);
    });
  });
  await new Promise<void>((resolve) => (typeof at === "string" ? server.listen(at, resolve) : server.listen(at, "127.0.0.1", resolve)));
  return {
    requests,
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const NODE: NodeRecord = {
  name: "here" as NodeRecord["name"],
  key: `U${"A".repeat(55)}` as NodeRecord["key"],
  pool: "default" as NodeRecord["pool"],
  state: "live",
  ageMs: 0,
  version: "0.0.1",
  url: null,
  labels: {},
  resources: { cpus: 2, memoryBytes: 1, gpus: [] },
  load: 0.1,
  runtimes: ["host"],
  sessions: { running: 1, total: 2 },
  draining: false,
  startedAt: "2026-01-01T00:00:00.000Z",
  hostname: "h",
  platform: "linux",
  open: false,
};

export const STATUS = { node: NODE, pid: 1, instance: "i", directories: { config: "", state: "", run: "" }, fleet: { state: "none", urls: [], unprotected: false }, parts: [], warnings: [] };

export function session(id: number, more: Partial<Record<keyof SessionRecord, unknown>> = {}): SessionRecord {
  const at = "2026-01-01T00:00:00.000Z";
  return {
    target: `here:${id}`, node: "here", id, name: null, tags: [], command: ["bash"], cwd: "/", workspace: null, runtime: "host", state: "running", exit: null,
    activity: { state: "idle", at }, pid: 1, size: { cols: 80, rows: 24 }, attached: 0, createdAt: at, startedAt: at, endedAt: null, lastOutputAt: null, outputBytes: 0, ...more,
  } as SessionRecord;
}
