// The agent's HTTP on its unix socket, with connections that are kept.
import { randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { NODE_CONTRACTS, type InputOf, type NodeVerb, type OutputOf } from "@fleetwire/shared/bus";
import { ErrorRecord, FleetError } from "@fleetwire/shared/errors";

export class AgentSocket {
  readonly #path: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws FleetError what the agent answers; Error when nobody listens */
  async call<V extends NodeVerb>(verb: V, input: InputOf<(typeof NODE_CONTRACTS)[V]>): Promise<OutputOf<(typeof NODE_CONTRACTS)[V]>> {
    const contract = NODE_CONTRACTS[verb];
    const headers = { "content-type": "application/json", ...(contract.change ? { "fleet-operation": randomBytes(12).toString("hex") } : {}) };
    const { status, text } = await this.#post(`/v1/${verb}`, headers, JSON.stringify(input));
    const value: unknown = JSON.parse(text);
    if (status !== 200) throw FleetError.fromRecord(ErrorRecord.parse((value as { error?: unknown }).error));
    return contract.output.parse(value) as OutputOf<(typeof NODE_CONTRACTS)[V]>;
  }

  #post(path: string, headers: Record<string, string>, body: string): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const outgoing = request({ socketPath: this.#path, path, method: "POST", headers, agent: this.#agent }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        response.on("error", reject);
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
