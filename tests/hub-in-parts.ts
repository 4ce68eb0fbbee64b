// A hub whose programs a test starts and kills itself: the nats-server of its real configuration, with accounts, permissions and
// JetStream, a registry process, and thousands of simulated nodes with credentials of their own.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openReply, REGISTRY_CONTRACTS, sealRequest, subjects, type Credentials, type InputOf, type OutputOf, type RegistryView } from "@fleetwire/shared/bus";
import type { FleetName, OperationId, PublicKey } from "@fleetwire/shared/ids";
import type { KeyPair } from "@fleetwire/shared/keys";
import { waitFor, type FarNetwork } from "@fleetwire/shared/testing";
import { build } from "esbuild";
import { startTalker, type Talker } from "../bench/harness/child.ts";
import type { Counters } from "../bench/simulator/index.ts";
import { ask, connectOnce, type Connection } from "../node-agent/src/fleet/index.ts";
import { freePort, isListening } from "../node-agent/src/fleet/testing.ts";
import { bundleRegistry, testHome, type TestHome } from "../node-agent/src/hub/test-home.ts";
import { Machine, root } from "./machines.ts";

const FLEET = "default" as FleetName;

/** Bundled once a test file. */
export interface Programs {
  readonly registry: readonly string[];
  readonly simulator: string;
  remove(): void;
}

export async function bundlePrograms(): Promise<Programs> {
  const registry = await bundleRegistry();
  const directory = mkdtempSync(join(tmpdir(), "fws-"));
  const simulator = join(directory, "simulator.mjs");
  await build({ absWorkingDir: root, entryPoints: ["bench/simulator/main.ts"], outfile: simulator, bundle: true, platform: "node", target: "node20", format: "esm", logLevel: "error", external: ["better-sqlite3"], banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' } });
  return {
    registry: registry.command,
    simulator,
    remove() {
      registry.remove();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What a nats-server holds, from its monitoring port. Counts of what others left behind show here. */
export interface ServerObjects {
  readonly connections: number;
  readonly subscriptions: number;
  readonly streams: number;
  readonly consumers: number;
}

export class HubInParts implements AsyncDisposable {
  readonly home: TestHome;
  readonly credentials: Credentials;
  readonly key: KeyPair;
  readonly #programs: Programs;
  readonly #natsPort: number;
  readonly #monitorPort: number;
  #nats: ChildProcess | undefined;
  readonly #registries: ChildProcess[] = [];
  readonly #simulators: Simulator[] = [];
  readonly #machines: Machine[] = [];

  private constructor(programs: Programs, home: TestHome, ports: readonly [number, number]) {
    this.#programs = programs;
    this.home = home;
    [this.#natsPort, this.#monitorPort] = ports;
    ({ credentials: this.credentials, key: this.key } = home.caller());
  }

  static async start(programs: Programs, registries = 1): Promise<HubInParts> {
    const home = testHome(programs.registry);
    const ports = [await freePort(), await freePort()] as const;
    await home.hub.init({ natsPort: ports[0] });
    const hub = new HubInParts(programs, home, ports);
    await hub.startNats();
    for (let started = 0; started < registries; started++) await hub.startRegistry();
    return hub;
  }

  get natsPort(): number {
    return this.#natsPort;
  }
  get natsPid(): number {
    return this.#nats?.pid ?? 0;
  }
  get directory(): string {
    return join(this.home.stateDir, "hub");
  }

  async startNats(): Promise<void> {
    const child = spawn("nats-server", ["-c", join(this.directory, "nats", "nats-server.conf"), "-a", "0.0.0.0", "-m", String(this.#monitorPort), "-l", join(this.directory, "nats.log")], { stdio: "ignore" });
    this.#nats = child;
    await waitFor("nats-server", async () => child.exitCode === null && (await isListening(this.#natsPort)), 20_000);
  }

  async killNats(): Promise<void> {
    await kill(this.#nats);
  }

  async startRegistry(): Promise<ChildProcess> {
    const [program = "", ...args] = this.#programs.registry;
    const child = spawn(program, [...args, "--state", this.directory], { stdio: "ignore" });
    this.#registries.push(child);
    return child;
  }

  async killRegistry(at = 0): Promise<void> {
    await kill(this.#registries.splice(at, 1)[0]);
  }

  /** Nodes in a process of their own, with this hub's credentials. @param port of a line to the server @param far where they are */
  async simulate(nodes: number, { first = 0, sessions = 0, port = this.#natsPort, far }: { first?: number; sessions?: number; port?: number; far?: FarNetwork } = {}): Promise<Simulator> {
    const args = [process.execPath, this.#programs.simulator, "--nats", `nats://${far?.here ?? "127.0.0.1"}:${port}`, "--hub", this.home.stateDir, "--nodes", String(nodes), "--first", String(first), "--sessions", String(sessions)];
    const [program = "", ...rest] = [...(far?.command ?? []), ...args];
    const simulator = new Simulator(startTalker(program, rest, process.env as Record<string, string>), nodes);
    this.#simulators.push(simulator);
    return simulator;
  }

  /** A connection of the hub's owner. */
  connect(port = this.#natsPort): Promise<Connection> {
    return connectOnce({ urls: [`nats://127.0.0.1:${port}`], name: "test", login: { kind: "jwt", jwt: this.credentials.jwt, key: this.key }, inboxOf: this.key.publicKey as PublicKey });
  }

  async view<V extends RegistryView>(connection: Connection, view: V, body: InputOf<(typeof REGISTRY_CONTRACTS)[V]>): Promise<OutputOf<(typeof REGISTRY_CONTRACTS)[V]>> {
    const question = { subject: subjects.query(FLEET, view, this.key.publicKey as PublicKey), target: "registry", verb: view, body, key: this.key, jwt: this.credentials.jwt, signers: this.credentials.facts.registries, timeoutMs: 5_000 };
    return REGISTRY_CONTRACTS[view].output.parse(await ask(connection, question)) as OutputOf<(typeof REGISTRY_CONTRACTS)[V]>;
  }

  /** Runs a change on a node of this key; the same id asks for the same one again. @throws FleetError */
  async change(connection: Connection, node: string, id: string, timeoutMs: number): Promise<void> {
    const now = Date.now();
    const { credentials, key } = this;
    const body = { session: { id: 1 }, text: id };
    const request = sealRequest({ id: id as OperationId, issued: now, deadline: now + timeoutMs, target: node, verb: "session-send", body }, key, credentials.jwt);
    const subject = subjects.request(FLEET, credentials.facts.pool, node as PublicKey, "session-send", key.publicKey as PublicKey);
    openReply((await connection.request(subject, request, { timeout: timeoutMs })).string(), id, [node]);
  }

  /** The hub's own machine with a real node agent, joined with its own credentials. @param port of a line to the server */
  async realNode(port = this.#natsPort): Promise<Machine> {
    writeFileSync(join(this.home.stateDir, "node.nk"), `${this.home.nodeKey.seed}\n`, { mode: 0o600 });
    const credentials = this.home.node();
    writeFileSync(join(this.home.stateDir, "credentials.json"), JSON.stringify({ ...credentials, facts: { ...credentials.facts, urls: [`nats://127.0.0.1:${port}`] } }), { mode: 0o600 });
    const machine = new Machine(this.home.directory);
    await machine.ok("up", "--name", "real");
    this.#machines.push(machine);
    return machine;
  }

  async objects(): Promise<ServerObjects> {
    const get = async (path: string) => (await (await fetch(`http://127.0.0.1:${this.#monitorPort}/${path}`)).json()) as Record<string, number>;
    const [{ connections = 0, subscriptions = 0 }, { streams = 0, consumers = 0 }] = [await get("varz"), await get("jsz")];
    return { connections, subscriptions, streams, consumers };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const machine of this.#machines) await machine.fleet("down", "--sessions", "--yes");
    for (const simulator of this.#simulators) await simulator.kill();
    for (const registry of this.#registries) await kill(registry);
    await this.killNats();
    await this.home.dispose();
  }
}

/** Simulated nodes of one process: frozen, killed and asked together. */
export class Simulator {
  readonly #talker: Talker;
  readonly nodes: number;
  keys: readonly string[] = [];

  constructor(talker: Talker, nodes: number) {
    this.#talker = talker;
    this.nodes = nodes;
  }

  /** All are served. */
  async ready(): Promise<this> {
    const { keys } = await this.#talker.next();
    this.keys = keys as string[];
    return this;
  }

  tell(what: "counters" | "change"): Promise<Counters> {
    this.#talker.tell(what);
    return this.#talker.next() as Promise<unknown> as Promise<Counters>;
  }

  freeze(): void {
    process.kill(this.#talker.pid, "SIGSTOP");
  }
  thaw(): void {
    process.kill(this.#talker.pid, "SIGCONT");
  }
  kill(): Promise<void> {
    return this.#talker.stop();
  }
}

async function kill(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}
