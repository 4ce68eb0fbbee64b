// A machine of the product under test: the shipped node agent under a FLEET_HOME of its own, spoken to over its socket.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { InputOf, NODE_CONTRACTS, NodeVerb, OutputOf } from "@fleetwire/shared/bus";
import { pathsOf, type Paths } from "@fleetwire/shared/config";
import { FleetError } from "@fleetwire/shared/errors";
import { waitFor } from "@fleetwire/shared/testing";
import { freePort } from "../harness/free-port.ts";
import { product } from "../harness/bundled.ts";
import type { Workplace } from "../harness/workplace.ts";
import { AgentSocket } from "./agent-socket.ts";

export interface MachineOptions {
  readonly name?: string;
  /** A Caddy with TLS in front of its terminals. */
  readonly gateway?: boolean;
  /** A plain NATS. */
  readonly nats?: string;
  /** Lines of config.toml. */
  readonly config?: string;
}

export class Machine implements AsyncDisposable {
  readonly home: string;
  readonly paths: Paths;
  /** Environment of commands on this machine. */
  readonly env: Record<string, string>;
  /** `127.0.0.1:port` of the terminal listener. */
  readonly listening: string;
  readonly #agent: ChildProcess;
  readonly #socket: AgentSocket;

  private constructor(home: string, env: Record<string, string>, listening: string) {
    this.home = home;
    this.env = env;
    this.listening = listening;
    this.paths = pathsOf(env, home);
    this.#socket = new AgentSocket(this.paths.agentSocket);
    this.#agent = spawn(process.execPath, [product.agent], { env, stdio: ["ignore", "ignore", "inherit"], detached: true });
  }

  /** Starts it and waits until it answers and serves terminals. @throws Error when it doesn't come up */
  static async start(workplace: Workplace, options: MachineOptions = {}): Promise<Machine> {
    const home = workplace.directory();
    const listening = `127.0.0.1:${await freePort()}`;
    const env = workplace.env({
      FLEET_HOME: home,
      FLEET_LISTEN: listening,
      FLEET_NODE_NAME: options.name ?? "bench",
      FLEET_LOG_LEVEL: "warn",
      FLEET_GATEWAY: options.gateway === true ? "1" : "0",
      ...(options.gateway === true ? { FLEET_GATEWAY_PORT: String(await freePort()), FLEET_GATEWAY_HOST: "localhost" } : {}),
      ...(options.nats === undefined ? {} : { FLEET_NATS_URL: options.nats, FLEET_OPEN: "1" }),
    });
    mkdirSync(join(home, "config"), { mode: 0o700 });
    if (options.config !== undefined) writeFileSync(join(home, "config", "config.toml"), options.config, { mode: 0o600 });
    const machine = new Machine(home, env, listening);
    await waitFor("the node agent", async () => machine.#agent.exitCode === null && (await machine.call("agent-status", {})), 20_000);
    await waitFor("its terminal listener", () => canConnect(listening), 20_000);
    return machine;
  }

  /** Asks for a verb over the agent's socket. @throws FleetError */
  call<V extends NodeVerb>(verb: V, input: InputOf<(typeof NODE_CONTRACTS)[V]>): Promise<OutputOf<(typeof NODE_CONTRACTS)[V]>> {
    return this.#socket.call(verb, input);
  }

  async launch(command: readonly string[], more: Partial<InputOf<(typeof NODE_CONTRACTS)["session-launch"]>> = {}): Promise<number> {
    const { id } = await this.call("session-launch", { command: [...command], cwd: this.home, callerEnv: this.env, size: { cols: 80, rows: 24 }, ...more });
    return id;
  }

  /** Ends sessions and removes their logs. */
  async discard(...ids: readonly number[]): Promise<void> {
    const sessions = ids.map((id) => ({ id: id as never }));
    await this.call("session-kill", { sessions, graceMs: 0 });
    // Tidying isn't what is measured: where the last write of a log is still under way, it is asked for again.
    await waitFor("the logs' removal", () => this.call("session-rm", { sessions }).then(() => true, (error: unknown) => FleetError.from(error).code === "unknown-session"), 20_000);
  }

  async agentPid(): Promise<number> {
    return (await this.call("agent-status", {})).pid;
  }

  /** Process ids of its PTY hosts. */
  hostPids(): number[] {
    const directory = join(this.paths.run, "hosts");
    const files = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith(".json")) : [];
    return files.map((name) => (JSON.parse(readFileSync(join(directory, name), "utf8")) as { pid: number }).pid);
  }

  /** `wss://` address of its Caddy and the PEM of that one's CA. */
  async gateway(): Promise<{ url: string; ca: string }> {
    const url = await waitFor("the address behind Caddy", async () => (await this.call("node-get", {})).url ?? undefined, 20_000);
    const ca = readFileSync(join(this.paths.state, "gateway", "data", "pki", "authorities", "local", "root.crt"), "utf8");
    return { url, ca };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.call("agent-stop", { sessions: true, graceMs: 0 }).catch(() => undefined);
    this.#socket.close();
    this.#agent.kill("SIGTERM");
  }
}

function canConnect(address: string): Promise<boolean> {
  const [host = "", port] = address.split(":");
  return new Promise((resolve) => {
    const socket = connect(Number(port), host, () => socket.end(() => resolve(true)));
    socket.once("error", () => resolve(false));
  });
}
