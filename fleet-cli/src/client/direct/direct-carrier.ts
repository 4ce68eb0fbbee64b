// One node over HTTPS with a bearer token (`--server`): the same verbs, for a machine that has no NATS.
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import type { Contract } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { httpUrlOf } from "@fleetwire/shared/wire";
import { readHttpAnswer } from "../answer.ts";
import type { AskOptions, Carrier } from "../types.ts";

export interface DirectServer {
  /** `ws://` or `wss://` base URL, normalised: plain only on loopback. */
  readonly url: string;
  readonly token: string;
  /** PEM of the CA behind it, when that isn't a public one. */
  readonly ca?: string;
}

const MAX_ANSWER = 64 * 1024 * 1024;

export class DirectCarrier implements Carrier {
  readonly server: DirectServer;

  constructor(server: DirectServer) {
    this.server = server;
  }

  /** @throws FleetError what the node says, `server-unreachable`, `timeout`, `outcome-unknown` */
  async ask(contract: Contract, input: unknown, options: AskOptions): Promise<unknown> {
    const { status, body, version } = await this.#post(contract, JSON.stringify(input ?? {}), options);
    options.onVersion?.(version);
    try {
      return readHttpAnswer(status, body, "the server's answer");
    } catch (error) {
      if (error instanceof FleetError && error.code === "version-skew" && version === undefined) throw new FleetError("server-unreachable", `${this.server.url} answers (${status}), but not as a node does`, { hint: "check the URL: it is that of a node's terminals, see 'fleet node describe'" });
      throw error;
    }
  }

  #post(contract: Contract, body: string, { operation, timeoutMs, signal }: AskOptions): Promise<{ status: number; body: string; version?: string }> {
    const url = new URL(`${httpUrlOf(this.server.url)}/v1/${contract.verb}`);
    const request = (url.protocol === "https:" ? secureRequest : plainRequest)(url, {
      method: "POST",
      agent: false,
      ca: this.server.ca,
      signal,
      headers: { "authorization": `Bearer ${this.server.token}`, "content-type": "application/json", "content-length": Buffer.byteLength(body), ...(operation === undefined ? {} : { "fleet-operation": operation }) },
    });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => request.destroy(new FleetError(contract.change ? "outcome-unknown" : "timeout", `${this.server.url} did not answer '${contract.verb}' in time`)), timeoutMs);
      request.on("error", (error) => {
        clearTimeout(timer);
        reject(this.#failure(error, contract));
      });
      request.on("response", (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > MAX_ANSWER) request.destroy(new FleetError("too-large", "the server's answer is too large"));
        });
        response.on("end", () => {
          clearTimeout(timer);
          const version = response.headers["fleet-version"];
          resolve({ status: response.statusCode ?? 0, version: typeof version === "string" ? version : undefined, body: Buffer.concat(chunks).toString("utf8") });
        });
        response.on("error", (error) => reject(this.#failure(error, contract)));
      });
      request.end(body);
    });
  }

  #failure(error: Error, contract: Contract): FleetError {
    if (error instanceof FleetError) return error;
    const { code } = error as NodeJS.ErrnoException;
    if (error.name === "AbortError") return new FleetError("cancelled", "interrupted");
    if (code === "ECONNRESET" && contract.change) return new FleetError("outcome-unknown", `the connection to ${this.server.url} ended while '${contract.verb}' was asked`);
    const certificate = code !== undefined && /CERT|SIGNATURE|SELF_SIGNED|UNABLE_TO/.test(code);
    return new FleetError("server-unreachable", `${this.server.url}: ${code === "ECONNREFUSED" ? "nothing listens there" : error.message}`, {
      ...(certificate ? { hint: "its certificate is not from a public CA: give the CA's file with --ca-file" } : {}),
      cause: error,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
