// This machine's node, over its unix socket. The agent is started when it isn't there.
import type { Contract } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { readHttpAnswer } from "../answer.ts";
import type { AskOptions, Carrier } from "../types.ts";
import { HttpConnections, HttpFailure } from "./http.ts";

export interface SocketCarrierDeps {
  readonly path: string;
  /** Starts the agent; resolves once its socket takes connections. */
  readonly start: () => Promise<void>;
}

const NOT_THERE = ["ENOENT", "ECONNREFUSED"];

export class SocketCarrier implements Carrier {
  readonly #deps: SocketCarrierDeps;
  readonly #connections: HttpConnections;

  constructor(deps: SocketCarrierDeps) {
    this.#deps = deps;
    this.#connections = new HttpConnections(deps.path);
  }

  /** @throws FleetError what the node says, `agent-unreachable`, `agent-start-failed`, `timeout`, `outcome-unknown` */
  async ask(contract: Contract, input: unknown, options: AskOptions): Promise<unknown> {
    const request = {
      path: `/v1/${contract.verb}`,
      headers: operationHeader(options.operation),
      body: JSON.stringify(input ?? {}),
      timeoutMs: options.timeoutMs,
      signal: options.signal,
    };
    for (let attempt = 1; ; attempt++) {
      try {
        const { status, body, version } = await this.#connections.post(request);
        options.onVersion?.(version);
        return readHttpAnswer(status, body, "this machine's node's answer");
      } catch (error) {
        if (!(error instanceof HttpFailure)) throw error;
        // The agent went away meanwhile. Asking again is safe: a change is known by its operation id.
        if (attempt === 3 || !(NOT_THERE.includes(error.code) || error.code === "ECONNRESET" || error.code === "EPIPE")) throw this.#failure(error, contract);
        await this.#deps.start();
      }
    }
  }

  /** Asks only if somebody listens; undefined otherwise. */
  async askIfThere(contract: Contract, input: unknown, { timeoutMs, onVersion }: AskOptions): Promise<unknown> {
    try {
      const { status, body, version } = await this.#connections.post({ path: `/v1/${contract.verb}`, headers: {}, body: JSON.stringify(input), timeoutMs });
      onVersion?.(version);
      return readHttpAnswer(status, body, "this machine's node's answer");
    } catch (error) {
      if (error instanceof HttpFailure) return undefined;
      throw error;
    }
  }

  #failure({ code, sent }: HttpFailure, contract: Contract): FleetError {
    if (code === "ABORT_ERR") return new FleetError("cancelled", "interrupted", { hint: contract.change ? "it may have happened: look before you repeat it" : "nothing was changed" });
    if (code === "EACCES") return new FleetError("unsafe-permissions", `${this.#deps.path} belongs to somebody else`, { hint: "each user has a node of their own; set FLEET_HOME to a directory of yours" });
    if (code === "ETIMEDOUT" && !contract.change) return new FleetError("timeout", `this machine's node did not answer '${contract.verb}' in time`, { hint: "'fleet doctor' looks for the reason" });
    if (sent && contract.change) return new FleetError("outcome-unknown", `this machine's node did not answer '${contract.verb}'`);
    return new FleetError("agent-unreachable", `this machine's node does not answer (${code})`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connections[Symbol.dispose]();
  }
}

function operationHeader(operation: string | undefined): Record<string, string> {
  return operation === undefined ? {} : { "fleet-operation": operation };
}
