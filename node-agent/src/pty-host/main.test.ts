import { spawn, type ChildProcess } from "node:child_process";
import { createServer } from "node:http";
import { mkdirSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { HostFile } from "@fleetwire/shared/control";
import { Epoch, SessionId } from "@fleetwire/shared/ids";
import { waitFor } from "@fleetwire/shared/testing";
import { createAttachKey, sealTicket, Ticket } from "@fleetwire/shared/wire";
import { isSameProcess } from "./process-identity.ts";
import { TestClient } from "./testing/test-client.ts";
import { connectControl, ENV, type Control } from "./testing/test-host.ts";

const here = dirname(fileURLToPath(import.meta.url));
const nodeKey = createAttachKey();

/** Programs as they ship, started as an agent starts them. */
class Programs implements AsyncDisposable {
  readonly dir: string;
  readonly #started: ChildProcess[] = [];

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async make(): Promise<Programs> {
    const dir = await mkdtemp(join(tmpdir(), "fw-"));
    const banner = { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' };
    // Beside node_modules, where the native binding is found.
    const outdir = join(here, "../../dist/test", dir.slice(-6));
    await build({ entryPoints: { "fleet-pty": join(here, "main.ts"), "screen-worker": join(here, "screen/worker.ts") }, outdir, bundle: true, platform: "node", format: "esm", target: "node20", external: ["node-pty"], logLevel: "error", banner });
    const programs = new Programs(dir);
    mkdirSync(join(dir, "hosts"), { mode: 0o700 });
    return programs;
  }

  get #out(): string {
    return join(here, "../../dist/test", this.dir.slice(-6));
  }

  async start(version: string): Promise<{ child: ChildProcess; file: HostFile; control: Control }> {
    const log = openSync(join(this.dir, `${version}.log`), "a", 0o600);
    const child = spawn(process.execPath, [join(this.#out, "fleet-pty.js"), "--run", this.dir, "--agent-socket", join(this.dir, "agent.sock"), "--version", version], { detached: true, stdio: ["ignore", log, log], env: { PATH: ENV.PATH } });
    this.#started.push(child);
    const file = await waitFor("the host", () => {
      for (const name of readdirSync(join(this.dir, "hosts"))) {
        const found = name.endsWith(".json") ? HostFile.parse(JSON.parse(readFileSync(join(this.dir, "hosts", name), "utf8"))) : undefined;
        if (found?.pid === child.pid) return found;
      }
      return undefined;
    });
    return { child, file, control: await connectControl(join(this.dir, "hosts", `${file.hostId}.sock`), nodeKey.publicKey) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#started) child.kill("SIGKILL");
    await rm(this.#out, { recursive: true, force: true });
    await rm(this.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

function spawnIn(control: Control, dir: string, id: number, script: string) {
  const epoch = Epoch.parse(`epoch${id}00000`);
  const one = { id: SessionId.parse(id), epoch };
  return control.call("spawn", { ...one, argv: ["/bin/sh", "-c", script], cwd: "/", env: { ...ENV, FLEET_SESSION_EPOCH: epoch }, size: { cols: 80, rows: 24 }, dir: join(dir, `s${id}`), logBytes: 1e7 }).then(() => one);
}

function attach(url: string, hostKey: string, one: { id: SessionId; epoch: Epoch }, resume?: { secret: string; clientKey: ReturnType<typeof createAttachKey> }): TestClient {
  const clientKey = resume?.clientKey ?? createAttachKey();
  const ticket = Ticket.parse({ v: 1, id: Math.random().toString(36).slice(2).padEnd(20, "0").slice(0, 20), node: nodeKey.publicKey, session: one.id, epoch: one.epoch, scope: "write", clientKey: clientKey.publicKey, hostKey, expires: Date.now() + 20_000 });
  return new TestClient({ url }, resume === undefined ? `Fleet-Ticket ${sealTicket(ticket, nodeKey)}` : `Fleet-Resume ${resume.secret}`, { clientKey, hostKey, want: { kind: "attach", mode: "lossless", ...(resume === undefined ? {} : { from: 0 }) } });
}

describe("the host as a process", () => {
  it("has private files, outlives its agent and SIGHUP, and leaves after its last session", async () => {
    await using programs = await Programs.make();
    const { child, file, control } = await programs.start("1.0.0");
    expect(isSameProcess(file.pid, file.pidStart)).toBe(true);
    for (const name of readdirSync(join(programs.dir, "hosts"))) expect(statSync(join(programs.dir, "hosts", name)).mode & 0o077, name).toBe(0);
    const one = await spawnIn(control, programs.dir, 1, "read x");
    expect(readdirSync(join(programs.dir, "s1")).every((name) => (statSync(join(programs.dir, "s1", name)).mode & 0o077) === 0)).toBe(true);
    child.kill("SIGHUP");
    control[Symbol.dispose]();
    using again = await connectControl(join(programs.dir, "hosts", `${file.hostId}.sock`), nodeKey.publicKey);
    expect(again.hello.sessions).toMatchObject([{ id: 1, running: true }]);
    expect(await again.call("retire", { kill: false, graceMs: 0 })).toEqual({ running: 1 });
    expect(child.exitCode).toBe(null);
    await again.call("type", { ...one, enter: true });
    await waitFor("the host's end", () => child.exitCode === 0);
    expect(readdirSync(join(programs.dir, "hosts"))).toEqual([]);
    expect(again.events.some(({ event }) => event === "ended")).toBe(true);
  }, 40_000);

  it("hands its address to a newer one, which reaches its sessions too", async () => {
    await using programs = await Programs.make();
    const old = await programs.start("1.0.0");
    const { listening } = await old.control.call("listen", { address: "127.0.0.1", port: 0, hosts: [], origins: [] });
    const one = await spawnIn(old.control, programs.dir, 1, "cat");
    const url = `ws://${listening}`;
    const before = attach(url, old.control.hello.hostKey, one);
    await before.welcomed;
    const young = await programs.start("2.0.0");
    const port = Number(new URL(url).port);
    const [taken] = await Promise.all([young.control.call("listen", { address: "127.0.0.1", port, hosts: [], origins: [] }), old.control.call("retire", { kill: false, graceMs: 0 })]);
    expect(taken.listening).toBe(listening);
    before.type(0, Buffer.from("still\r"));
    await before.prints("still");
    const after = attach(url, old.control.hello.hostKey, one);
    const welcome = await after.welcomed;
    expect(after.faults).toEqual([]);
    after.cut();
    expect(welcome.resume).toBeDefined();
    await old.control.call("kill", { ...one, signal: "KILL", graceMs: 0 });
    await waitFor("the old one's end", () => old.child.exitCode === 0);
  }, 40_000);

  it("passes the agent's routes on, marked, and says so when there is no agent", async () => {
    await using programs = await Programs.make();
    const { control } = await programs.start("1.0.0");
    const { listening } = await control.call("listen", { address: "127.0.0.1", port: 0, hosts: [], origins: [] });
    const base = `http://${listening}`;
    expect(await (await fetch(`${base}/v1/health`)).text()).toBe("ok\n");
    const down = await fetch(`${base}/v1/session-list`, { method: "POST", body: "{}" });
    expect([down.status, ((await down.json()) as { error: { code: string } }).error.code]).toEqual([503, "agent-unreachable"]);
    const agent = createServer((request, response) => {
      let body = "";
      request.on("data", (data: Buffer) => (body += data.toString()));
      request.on("end", () => response.end(JSON.stringify({ url: request.url, via: request.headers["fleet-via"], bearer: request.headers.authorization, body })));
    });
    await new Promise<void>((resolve) => agent.listen(join(programs.dir, "agent.sock"), resolve));
    const up = await fetch(`${base}/v1/session-list`, { method: "POST", body: "hello", headers: { "fleet-via": "socket", authorization: "Bearer t" } });
    expect(await up.json()).toEqual({ url: "/v1/session-list", via: "direct", bearer: "Bearer t", body: "hello" });
    expect((await fetch(`${base}/other`)).status).toBe(404);
    agent.close();
  }, 40_000);
});
