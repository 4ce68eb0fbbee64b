// The stream against the real PTY host, started as a process: the same promises as against the scripted one, end to end.
import { spawn, type ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { HOST_PATH, HOST_SUBPROTOCOL, HostAnswer, type HostInput, type HostOp, type HostOutput } from "@fleetwire/shared/control";
import { createKeyPair } from "@fleetwire/shared/keys";
import { createAttachKey, sealTicket, type Ticket, type Want } from "@fleetwire/shared/wire";
import { openStream } from "./open-stream.ts";
import { readAll } from "./test-stream.ts";
import type { Grant } from "./types.ts";

const root = join(import.meta.dirname, "../../../..");
const nodeKey = createKeyPair("user");
let folder = "";
let bundles = "";
let host: ChildProcess;
let hostSocket = "";
let hostKey = "";
let control: WebSocket;
let lastId = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fw-"));
  // Beside the packages, where the host's native ones are found.
  bundles = join(root, "node_modules/.cache", `fw-${randomBytes(4).toString("hex")}`);
  await mkdir(bundles, { recursive: true });
  const source = join(root, "node-agent/src/pty-host");
  const banner = { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' };
  await build({
    entryPoints: { "fleet-pty": join(source, "main.ts"), "screen-worker": join(source, "screen/worker.ts") },
    bundle: true, platform: "node", format: "esm", target: "node20", outdir: bundles, external: ["node-pty"], banner, logLevel: "error",
  });
  host = spawn(process.execPath, [join(bundles, "fleet-pty.js"), "--run", folder, "--agent-socket", join(folder, "agent.sock"), "--version", "0"], { stdio: ["ignore", "ignore", "inherit"] });
  const name = await vi.waitFor(async () => (await readdir(join(folder, "hosts"))).find((file) => file.endsWith(".json")) ?? expect.fail("no host"), { timeout: 10_000 });
  hostSocket = join(folder, "hosts", name.replace(/json$/, "sock"));
  control = new WebSocket(`ws+unix:${hostSocket}:${HOST_PATH}`, HOST_SUBPROTOCOL);
  await new Promise((resolve, reject) => control.once("open", resolve).once("error", reject));
  ({ hostKey } = await ask("hello", { protocol: 1, nodeKey: nodeKey.publicKey as HostInput<"hello">["nodeKey"] }));
});

afterAll(async () => {
  control?.terminate();
  host?.kill("SIGKILL");
  for (const path of [folder, bundles]) await rm(path, { recursive: true, force: true });
});

async function ask<K extends HostOp>(op: K, input: HostInput<K>): Promise<HostOutput<K>> {
  const n = Math.floor(Math.random() * 1e9);
  const answered = new Promise<HostOutput<K>>((resolve, reject) => {
    control.on("message", function listen(data: Buffer) {
      const answer = HostAnswer.safeParse(JSON.parse(data.toString()));
      if (!answer.success || answer.data.n !== n) return;
      control.off("message", listen);
      if (answer.data.error === undefined) resolve(answer.data.result as HostOutput<K>);
      else reject(new Error(answer.data.error.message));
    });
  });
  control.send(JSON.stringify({ n, op, input }));
  return await answered;
}

/** Starts a shell script as a session. @returns a way to tickets for it */
async function launch(script: string): Promise<(path?: string) => Grant> {
  const id = ++lastId as HostInput<"spawn">["id"];
  const epoch = randomBytes(8).toString("hex") as HostInput<"spawn">["epoch"];
  const dir = join(folder, String(id));
  await mkdir(dir);
  await ask("spawn", { id, epoch, argv: ["sh", "-c", script], cwd: folder, env: { PATH: process.env["PATH"] ?? "", TERM: "xterm-256color" }, size: { cols: 80, rows: 24 }, dir, logBytes: 256 * 1024 * 1024 });
  return (path = hostSocket) => {
    const clientKey = createAttachKey();
    const ticket = { v: 1, id: randomBytes(12).toString("base64url"), node: nodeKey.publicKey, session: id, epoch, scope: "write", clientKey: clientKey.publicKey, hostKey, expires: Date.now() + 30_000 } as Ticket;
    const answer = { session: { target: `box:${id}`, attached: 0 }, ticket: sealTicket(ticket, nodeKey), addresses: [{ kind: "unix", path }] } as unknown as Grant["answer"];
    return { answer, clientKey };
  };
}

/** A way to the host that can be cut. */
class Wire implements AsyncDisposable {
  readonly path = join(folder, `${randomBytes(3).toString("hex")}.w`);
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  cuts = 0;

  private constructor() {
    this.#server = createServer((near) => {
      const far = connect(hostSocket);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on("error", () => {}).on("close", () => this.#sockets.delete(socket));
      }
      near.pipe(far).pipe(near);
    });
  }

  static async open(): Promise<Wire> {
    const wire = new Wire();
    await new Promise<void>((resolve) => wire.#server.listen(wire.path, resolve));
    return wire;
  }

  cut(): void {
    this.cuts++;
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const FAST = { backoffBaseMs: 2, backoffMaxMs: 20 };
const ALL: Want = { kind: "attach", mode: "lossless", from: 0 };

describe("with the real host", () => {
  it("shows the screen, types, and gives the exit after the last byte", async () => {
    const grant = await launch("printf 'name? '; read name; echo hello $name; exit 4");
    const stream = await openStream({ ...grant(), want: { kind: "attach", mode: "latest", size: { cols: 100, rows: 30 }, scrollback: 100 } });
    const events = stream[Symbol.asyncIterator]();
    const seen: string[] = [];
    const next = async () => {
      const { value } = await events.next();
      if (value?.kind === "snapshot" || value?.kind === "output") seen.push(value.bytes.toString());
      return value;
    };
    while (!seen.join("").includes("name?")) await next();
    await stream.write(Buffer.from("fleet\r"));
    for (let event = await next(); event !== undefined; event = await next()) if (event.kind === "exit") expect(event.exit).toEqual({ code: 4 });
    expect(seen.join("")).toContain("hello fleet");
  });

  it("has the last line of a program that prints and exits, every time", async () => {
    for (let run = 0; run < 15; run++) {
      const grant = await launch("seq 1 3000; echo the end");
      const { bytes, others } = await readAll(await openStream({ ...grant(), want: ALL }));
      expect(bytes.toString()).toBe(`${Array.from({ length: 3000 }, (_, line) => `${line + 1}\r\n`).join("")}the end\r\n`);
      expect(others.at(-1)).toMatchObject({ kind: "exit", exit: { code: 0 } });
    }
  });

  it("loses and doubles no byte of output across cuts", async () => {
    await using wire = await Wire.open();
    const grant = await launch("stty -opost; sleep 0.1; seq 1 1000000");
    const stream = await openStream({ ...grant(wire.path), want: ALL, renew: async () => grant(wire.path) }, FAST);
    const cutter = setInterval(() => wire.cut(), 60);
    const { bytes, others } = await readAll(stream).finally(() => clearInterval(cutter));
    const expected = createHash("sha256");
    for (let line = 1; line <= 1_000_000; line++) expected.update(`${line}\n`);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(expected.digest("hex"));
    expect(others.filter(({ kind }) => kind === "gap")).toEqual([]);
    expect(wire.cuts).toBeGreaterThan(1);
  });

  it("types every byte of input once across cuts", async () => {
    await using wire = await Wire.open();
    const input = randomBytes(1_000_000);
    const grant = await launch(`stty raw -echo; echo ready; head -c ${input.length} | sha256sum`);
    const stream = await openStream({ ...grant(wire.path), want: ALL }, FAST);
    const reading = readAll(stream);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const cutter = setInterval(() => wire.cut(), 30);
    try {
      for (let at = 0; at < input.length; at += 8_000) {
        await stream.write(input.subarray(at, at + 8_000));
        if (at % 80_000 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const { bytes } = await reading;
      expect(bytes.toString()).toContain(createHash("sha256").update(input).digest("hex"));
    } finally {
      clearInterval(cutter);
    }
    expect(wire.cuts).toBeGreaterThan(3);
  });

  it("leaves, and the session goes on", async () => {
    const grant = await launch("echo here; exec sleep 60");
    const stream = await openStream({ ...grant(), want: ALL });
    await stream.detach();
    const again = await openStream({ ...grant(), want: { kind: "screen", format: "text" } });
    const { others } = await readAll(again);
    expect(others[0]).toMatchObject({ kind: "snapshot", header: { format: "text" } });
  });

  it("reads a log", async () => {
    const grant = await launch("seq 1 100");
    const log = await readAll(await openStream({ ...grant(), want: { kind: "log", start: { beginning: true }, follow: true } }));
    expect(log.bytes.toString()).toBe(Array.from({ length: 100 }, (_, line) => `${line + 1}\r\n`).join(""));
    expect(log.others.map(({ kind }) => kind)).toEqual(["exit", "end"]);
    const tail = await readAll(await openStream({ ...grant(), want: { kind: "log", start: { tailLines: 2 }, follow: false } }));
    expect(tail.bytes.toString()).toBe("99\r\n100\r\n");
  });

  it.each([true, false])("is told when a log was printed, each time before its bytes (follow: %s)", async (follow) => {
    const grant = await launch("i=0; while [ $i -lt 1500 ]; do i=$((i+1)); echo $i; [ $((i % 3)) = 0 ] && sleep 0.002; done; sleep 0.1; echo last");
    if (!follow) await new Promise((resolve) => setTimeout(resolve, 3_000));
    const before = Date.now();
    await using stream = await openStream({ ...grant(), want: { kind: "log", start: { beginning: true }, follow, timing: true } });
    let received = 0;
    const marks: (readonly number[])[] = [];
    for await (const event of stream) {
      if (event.kind === "output") received = event.offset + event.bytes.length;
      if (event.kind !== "timing") continue;
      for (const mark of event.marks) expect(mark[0]).toBeGreaterThanOrEqual(received);
      marks.push(...event.marks);
    }
    expect(marks[0]).toEqual([0, expect.any(Number), 80, 24]);
    expect(marks.length).toBeGreaterThan(50);
    const times = marks.map(([, ms]) => ms ?? 0);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const [last, lastTime] = marks.at(-1) ?? [];
    expect(last).toBe(received - "last\r\n".length);
    expect((lastTime ?? 0) - (times.at(-2) ?? 0)).toBeGreaterThanOrEqual(90);
    expect(Math.abs((times[0] ?? 0) - before)).toBeLessThan(10_000);
  });

  it("is refused with a ticket that was used, and with one for a session that isn't there", async () => {
    const grant = await launch("exec sleep 60");
    const first = grant();
    await using _stream = await openStream({ ...first, want: ALL });
    await expect(openStream({ ...first, want: ALL })).rejects.toMatchObject({ code: "bad-ticket" });
    await expect(openStream({ ...(await launch("exec sleep 60"))("/nowhere.sock"), want: ALL })).rejects.toMatchObject({ code: "host-unreachable" });
  });
});
