// A real host in this process for tests: its control line, tickets, and clients that speak the terminal protocol.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { WebSocket } from "ws";
import { HOST_PATH, HOST_PROTOCOL, HOST_SUBPROTOCOL, HostEvent, HostAnswer, type HostInput, type HostOp, type HostOutput, type HostSession } from "@fleetwire/shared/control";
import { FleetError } from "@fleetwire/shared/errors";
import { Epoch, SessionId } from "@fleetwire/shared/ids";
import { waitFor } from "@fleetwire/shared/testing";
import { createAttachKey, sealTicket, Ticket, TICKET_MS, type KeyPair, type Want } from "@fleetwire/shared/wire";
import type { Beat } from "../attach/connection.ts";
import { startHost, type Host } from "../host.ts";
import { TestClient, type Where } from "./test-client.ts";

export const ENV = { PATH: process.env["PATH"] ?? "/usr/bin:/bin", HOME: "/", TERM: "xterm-256color", LANG: "C.UTF-8" };
const SIZE = { cols: 80, rows: 24 };

export interface Control extends Disposable {
  readonly hello: HostOutput<"hello">;
  readonly events: HostEvent[];
  call<K extends HostOp>(op: K, input: HostInput<K>): Promise<HostOutput<K>>;
}

/** Connects as a node agent does. */
export async function connectControl(socketPath: string, nodeKey: string): Promise<Control> {
  const socket = new WebSocket(`ws+unix://${socketPath}:${HOST_PATH}`, HOST_SUBPROTOCOL);
  const events: HostEvent[] = [];
  const waiting = new Map<number, (answer: HostAnswer) => void>();
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  socket.on("message", (data: Buffer) => {
    const value: unknown = JSON.parse(data.toString());
    const event = HostEvent.safeParse(value);
    if (event.success) return void events.push(event.data);
    const answer = HostAnswer.parse(value);
    waiting.get(answer.n)?.(answer);
  });
  socket.on("error", () => undefined).on("close", () => {
    for (const answer of waiting.values()) answer({ n: 0, error: { code: "host-unreachable", message: "the line is closed" } });
  });
  let n = 0;
  const call = async <K extends HostOp>(op: K, input: HostInput<K>): Promise<HostOutput<K>> => {
    const mine = ++n;
    const answer = await new Promise<HostAnswer>((resolve) => {
      waiting.set(mine, resolve);
      if (socket.readyState !== socket.OPEN) return resolve({ n: 0, error: { code: "host-unreachable", message: "the line is closed" } });
      socket.send(JSON.stringify({ n: mine, op, input }));
    });
    if (answer.error !== undefined) throw FleetError.fromRecord(answer.error);
    return answer.result as HostOutput<K>;
  };
  const hello = await call("hello", { protocol: HOST_PROTOCOL, nodeKey } as HostInput<"hello">);
  return { hello, events, call, [Symbol.dispose]: () => socket.terminate() };
}

export interface SpawnOptions {
  readonly size?: { cols: number; rows: number };
  readonly env?: Record<string, string>;
  readonly logBytes?: number;
  readonly id?: number;
  readonly epoch?: string;
}

export interface Spawned {
  readonly id: SessionId;
  readonly epoch: Epoch;
  readonly dir: string;
  readonly pid: number;
}

export class TestHost implements AsyncDisposable {
  readonly nodeKey: KeyPair;
  readonly dir: string;
  readonly host: Host;
  readonly control: Control;
  readonly #clients: TestClient[] = [];
  readonly #spawned: Spawned[] = [];
  #lastId = 0;

  private constructor(dir: string, host: Host, nodeKey: KeyPair, control: Control) {
    this.dir = dir;
    this.host = host;
    this.nodeKey = nodeKey;
    this.control = control;
  }

  /** @param options.spawnHelper start programs through a fleet-spawn built now; @param options.dir shared with other hosts of the node */
  static async start(options: { agentSocket?: string; spawnHelper?: boolean; dir?: string; nodeKey?: KeyPair; beat?: Beat } = {}): Promise<TestHost> {
    const dir = options.dir ?? (await mkdtemp(join(tmpdir(), "fw-")));
    const host = await startHost({ runDir: dir, agentSocket: options.agentSocket ?? join(dir, "agent.sock"), version: "0.0.0-test", screenWorker: await bundledWorker(dir), ...(options.spawnHelper === true ? { spawnHelper: builtHelper(dir) } : {}), ...(options.beat === undefined ? {} : { beat: options.beat }) });
    const nodeKey = options.nodeKey ?? createAttachKey();
    return new TestHost(dir, host, nodeKey, await connectControl(join(dir, "hosts", `${host.hostId}.sock`), nodeKey.publicKey));
  }

  get socketPath(): string {
    return join(this.dir, "hosts", `${this.host.hostId}.sock`);
  }

  /** Of the session that gets this number here. */
  directoryOf(id: number): string {
    return join(this.dir, `${this.host.hostId}-s${id}`);
  }

  /** Runs a command on a terminal; a string is a shell script. */
  async spawn(command: string | string[], options: SpawnOptions = {}): Promise<Spawned> {
    const id = SessionId.parse(options.id ?? ++this.#lastId);
    const epoch = Epoch.parse(options.epoch ?? randomBytes(6).toString("hex"));
    const dir = this.directoryOf(id);
    const argv = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
    const env = { ...ENV, FLEET_SESSION_EPOCH: epoch, ...options.env };
    const { pid } = await this.control.call("spawn", { id, epoch, argv, cwd: "/", env, size: options.size ?? SIZE, dir, logBytes: options.logBytes ?? 64 * 1024 * 1024 });
    const spawned = { id, epoch, dir, pid };
    this.#spawned.push(spawned);
    return spawned;
  }

  /** The screen worker ends at once, whatever it is drawing; one that doesn't run yet, once it does. */
  crashScreens(): Promise<void> {
    return writeFile(join(this.dir, CRASH), "");
  }

  get({ id, epoch }: Spawned): Promise<HostSession> {
    return this.control.call("get", { id, epoch });
  }

  kill({ id, epoch }: Spawned, signal = "TERM", graceMs = 300): Promise<HostSession> {
    return this.control.call("kill", { id, epoch, signal, graceMs });
  }

  async ended(session: Spawned): Promise<HostSession> {
    return waitFor("the session to end", async () => {
      const now = await this.get(session);
      return !now.running && now;
    }, 30_000);
  }

  ticket({ id, epoch }: Pick<Spawned, "id" | "epoch">, clientKey: KeyPair, change: Partial<Ticket> = {}, key: KeyPair = this.nodeKey): string {
    const ticket = Ticket.parse({
      v: 1, id: randomBytes(18).toString("base64url"), node: this.nodeKey.publicKey, session: id, epoch, scope: "write",
      clientKey: clientKey.publicKey, hostKey: this.control.hello.hostKey, expires: Date.now() + TICKET_MS, ...change,
    });
    return sealTicket(ticket, key);
  }

  /** Attaches and waits for the welcome. */
  async connect(session: Spawned, want: Want, options: { scope?: "read" | "write"; where?: Where; clientKey?: KeyPair; resume?: string } = {}): Promise<TestClient> {
    const clientKey = options.clientKey ?? createAttachKey();
    const authorization = options.resume === undefined ? `Fleet-Ticket ${this.ticket(session, clientKey, { scope: options.scope ?? "write" })}` : `Fleet-Resume ${options.resume}`;
    const client = new TestClient(options.where ?? { path: this.socketPath }, authorization, { clientKey, hostKey: this.control.hello.hostKey, want });
    this.#clients.push(client);
    await client.welcomed;
    return client;
  }

  attach(session: Spawned, want: Partial<Extract<Want, { kind: "attach" }>> = {}, options: Parameters<TestHost["connect"]>[2] = {}): Promise<TestClient> {
    return this.connect(session, { kind: "attach", mode: "lossless", ...want }, options);
  }

  /** The whole log of a session, read to its end. */
  async log(session: Spawned, start: Extract<Want, { kind: "log" }>["start"] = { beginning: true }, follow = false): Promise<TestClient> {
    const client = await this.connect(session, { kind: "log", start, follow });
    await waitFor("the log's end", () => client.messages.some(({ type }) => type === "end"), 30_000);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.cut();
    await Promise.all(this.#spawned.map((session) => this.kill(session, "KILL", 0).catch(() => undefined)));
    this.control[Symbol.dispose]();
    await this.host[Symbol.asyncDispose]();
    await rm(this.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

function builtHelper(dir: string): string {
  const path = join(dir, "fleet-spawn");
  execFileSync("cc", ["-O2", "-o", path, join(dirname(fileURLToPath(import.meta.url)), "../pty/fleet-spawn.c")]);
  return path;
}

const CRASH = "crash-screens";

/** The worker as it ships, one file made from the sources as they are now, and a way to end it. */
async function bundledWorker(dir: string): Promise<URL> {
  const outfile = join(dir, "screen-worker.mjs");
  const entry = join(dirname(fileURLToPath(import.meta.url)), "../screen/worker.ts");
  const contents = `import ${JSON.stringify(entry)};
import { existsSync, rmSync } from "node:fs";
setInterval(() => existsSync(${JSON.stringify(join(dir, CRASH))}) && (rmSync(${JSON.stringify(join(dir, CRASH))}), process.exit(1)), 2).unref();`;
  await build({ stdin: { contents, resolveDir: dirname(entry), loader: "ts" }, outfile, bundle: true, platform: "node", format: "esm", target: "node20", logLevel: "error", banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' } });
  return pathToFileURL(outfile);
}
