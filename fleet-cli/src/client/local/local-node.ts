// This machine's node as a caller sees it.
import { existsSync } from "node:fs";
import { agentStatus, type Contract } from "@fleetwire/shared/bus";
import { parseOr } from "@fleetwire/shared/errors";
import type { Settings } from "../../config/index.ts";
import type { AgentStatus, AskOptions, Carrier } from "../types.ts";
import { SocketCarrier } from "./socket-carrier.ts";

const PEEK_MS = 5_000;

export class LocalNode implements Carrier {
  readonly #settings: Settings;
  readonly #agent: SocketCarrier;
  /** Inside a session: the node knows by this socket who asks. */
  readonly #session: SocketCarrier | undefined;
  #status: Promise<AgentStatus> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
    const start = async () => (await import("./start-agent.ts")).startAgent(settings);
    this.#agent = new SocketCarrier({ path: settings.paths.agentSocket, start });
    const { sessionSocket } = settings;
    if (sessionSocket !== undefined && existsSync(sessionSocket)) this.#session = new SocketCarrier({ path: sessionSocket, start });
  }

  /** Has a node ever run here? Then asking it starts it; otherwise there is nothing to ask. */
  get exists(): boolean {
    return existsSync(this.#settings.paths.agentSocket) || existsSync(`${this.#settings.paths.state}/fleet.db`);
  }

  ask(contract: Contract, input: unknown, options: AskOptions): Promise<unknown> {
    const carrier = contract.reach === "bus" ? (this.#session ?? this.#agent) : this.#agent;
    return carrier.ask(contract, input, options);
  }

  /** Asked once; starts the agent. */
  status(): Promise<AgentStatus> {
    return (this.#status ??= this.#agent.ask(agentStatus, {}, { timeoutMs: agentStatus.timeoutMs }).then((answer) => parseOr(agentStatus.output, answer, "this machine's node's answer", "version-skew")));
  }

  /** Never starts it. */
  async peek(): Promise<AgentStatus | undefined> {
    const answer = await this.#agent.askIfThere(agentStatus, {}, PEEK_MS);
    return answer === undefined ? undefined : parseOr(agentStatus.output, answer, "this machine's node's answer", "version-skew");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent[Symbol.asyncDispose]();
    await this.#session?.[Symbol.asyncDispose]();
  }
}
