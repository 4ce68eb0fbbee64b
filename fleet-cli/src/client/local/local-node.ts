// This machine's node as a caller sees it.
import { existsSync } from "node:fs";
import { agentStatus, type Contract } from "@fleetwire/shared/bus";
import type { Settings } from "../../config/index.ts";
import { otherRelease, readAnswer, type Peer } from "../skew.ts";
import type { AgentStatus, AskOptions, Carrier, Release } from "../types.ts";
import { SocketCarrier } from "./socket-carrier.ts";

const PEEK_MS = 5_000;
/** What is believed of the node without asking again, milliseconds: longer than most commands, shorter than a rename. */
const STATUS_MS = 2_000;

export class LocalNode implements Carrier {
  readonly #settings: Settings;
  readonly #agent: SocketCarrier;
  /** Inside a session: the node knows by this socket who asks. */
  readonly #session: SocketCarrier | undefined;
  readonly #release: Release;
  #status: { readonly answer: Promise<AgentStatus>; readonly until: number } | undefined;
  #version: string | undefined;
  #remarked = false;

  /** @param release what this command is, and where remarks go */
  constructor(settings: Settings, release: Release) {
    this.#settings = settings;
    this.#release = release;
    const start = async () => (await import("./start-agent.ts")).startAgent(settings);
    this.#agent = new SocketCarrier({ path: settings.paths.agentSocket, start });
    const { sessionSocket } = settings;
    if (sessionSocket !== undefined && existsSync(sessionSocket)) this.#session = new SocketCarrier({ path: sessionSocket, start });
  }

  /** Has a node ever run here? Then asking it starts it; otherwise there is nothing to ask. */
  get exists(): boolean {
    return existsSync(this.#settings.paths.agentSocket) || existsSync(`${this.#settings.paths.state}/fleet.db`);
  }

  /** This command runs in a session of it. */
  get inSession(): boolean {
    return this.#session !== undefined;
  }

  ask(contract: Contract, input: unknown, options: AskOptions): Promise<unknown> {
    const carrier = contract.reach === "bus" ? (this.#session ?? this.#agent) : this.#agent;
    return carrier.ask(contract, input, { ...options, onVersion: (version) => (this.#heard(version), options.onVersion?.(version)) });
  }

  /** Its program may have been replaced while it runs: said once, with what to do. */
  #heard(version: string | undefined): void {
    this.#version = version;
    const remark = otherRelease(this.#peer, this.#release.own);
    if (remark !== undefined && !this.#remarked) this.#release.note(remark);
    this.#remarked ||= remark !== undefined;
  }

  get #peer(): Peer {
    return { name: "this machine's node", version: this.#version, local: true };
  }

  #read(answer: unknown): AgentStatus {
    return readAnswer(agentStatus, answer, this.#peer, this.#release.own, this.#release.note);
  }

  /** Not more than a moment old; starts the agent. */
  status(): Promise<AgentStatus> {
    if (this.#status === undefined || performance.now() > this.#status.until) {
      const answer = this.#agent.ask(agentStatus, {}, { timeoutMs: agentStatus.timeoutMs, onVersion: (version) => this.#heard(version) }).then((said) => this.#read(said));
      this.#status = { answer, until: performance.now() + STATUS_MS };
      answer.catch(() => (this.#status = undefined));
    }
    return this.#status.answer;
  }

  /** Never starts it. */
  async peek(): Promise<AgentStatus | undefined> {
    const answer = await this.#agent.askIfThere(agentStatus, {}, { timeoutMs: PEEK_MS, onVersion: (version) => this.#heard(version) });
    return answer === undefined ? undefined : this.#read(answer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent[Symbol.asyncDispose]();
    await this.#session?.[Symbol.asyncDispose]();
  }
}
