// A node without terminals: its own nkey and connection, and the product's own link to the fleet. Only what a link is given is
// made up here: records, sessions, and a dispatcher that notes what it runs.
import { randomBytes } from "node:crypto";
import type { Credentials, FleetEvent } from "@fleetwire/shared/bus";
import type { SessionRecord } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import type { FleetName, PoolName, PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair, type KeyPair } from "@fleetwire/shared/keys";
import { createOperations } from "../../node-agent/src/bus/operations.ts";
import { openFleetLink, type FleetLink, type NodeEvent } from "../../node-agent/src/fleet/index.ts";
import { memoryTable } from "./memory-table.ts";
import { nodeRecord, sessionRecords } from "./records.ts";

export interface SimulatedNodeOptions {
  readonly name: string;
  readonly urls: readonly string[];
  readonly fleet: FleetName;
  readonly pool: PoolName;
  readonly sessions: number;
  /** The credential of a node's key; without it the server must take anybody. */
  readonly credentials?: (key: string, name: string) => Credentials;
  /** A change ran. */
  readonly onExecuted: (operation: string) => void;
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

export class SimulatedNode implements AsyncDisposable {
  readonly key: KeyPair = createKeyPair("user");
  readonly #sessions: SessionRecord[];
  readonly #link: FleetLink;
  readonly #listeners = new Set<(event: NodeEvent) => void>();
  readonly #name: string;
  #rev = 1;

  constructor({ name, urls, fleet, pool, sessions, credentials, onExecuted }: SimulatedNodeOptions) {
    this.#name = name;
    this.#sessions = sessionRecords(name, sessions);
    const startedAt = Date.now();
    const open = credentials === undefined;
    const record = { ...nodeRecord(name, this.key.publicKey as PublicKey, pool, sessions), open, startedAt: new Date(startedAt).toISOString() };
    const operations = createOperations(memoryTable(), Date.now);
    this.#link = openFleetLink({
      settings: { urls, fleet, pool, open, credentials: credentials?.(this.key.publicKey, name) },
      nodeKey: this.key,
      instance: randomBytes(9).toString("base64url"),
      startedAt,
      numbering: { beats: 0, events: 0 },
      node: {
        record: () => record,
        rev: () => this.#rev,
        onEvent: (listener) => {
          this.#listeners.add(listener);
          return () => this.#listeners.delete(listener);
        },
      },
      dispatch: {
        call: async (verb, body, caller, operation = "") => {
          if (verb === "node-get") return record;
          if (verb === "session-list") return this.#list(body as { after?: number; limit?: number });
          if (verb !== "session-send") throw new FleetError("not-supported", `a simulated node has no '${verb}'`);
          return operations.once({ id: operation, caller: caller.key, verb, input: body }, { keep: true }, () => {
            onExecuted(operation);
            return Promise.resolve({ receipt: "written" });
          });
        },
      },
      log: silent,
    });
  }

  get connected(): boolean {
    return this.#link.status().state === "connected";
  }

  /** Served for the first time. @throws FleetError */
  ready(timeoutMs: number): Promise<void> {
    return this.#link.ready(timeoutMs);
  }

  /** A change of its first session: an event, and the tables' revision grows. */
  change(): void {
    const [first] = this.#sessions;
    if (first === undefined) return;
    const session = { ...first, outputBytes: first.outputBytes + 1 };
    this.#sessions[0] = session;
    this.#tell({ kind: "session-changed", session });
  }

  #tell(what: Pick<FleetEvent, "kind" | "session">): void {
    this.#rev++;
    const event = { node: this.#name as FleetEvent["node"], key: this.key.publicKey as PublicKey, rev: this.#rev, at: new Date().toISOString(), ...what };
    for (const listener of this.#listeners) listener(event);
  }

  #list({ after = 0, limit = 200 }: { after?: number; limit?: number }) {
    const left = this.#sessions.filter(({ id }) => id > after);
    return { sessions: left.slice(0, limit), more: left.length > limit, rev: this.#rev };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link[Symbol.asyncDispose]();
  }
}
