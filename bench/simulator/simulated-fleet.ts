// Many simulated nodes in one process.
import type { FleetName, PoolName } from "@fleetwire/shared/ids";
import { SimulatedNode } from "./simulated-node.ts";

export interface SimulatedFleetOptions {
  readonly urls: readonly string[];
  readonly fleet?: string;
  readonly pool?: string;
  readonly nodes: number;
  /** Sessions of each. */
  readonly sessions?: number;
  /** Number of the first: several processes share a fleet. */
  readonly first?: number;
  /** Nodes that connect at the same time at the start. */
  readonly atOnce?: number;
}

export interface Counters {
  /** Connections made, and ended. */
  connected: number;
  lost: number;
  /** Names granted by a registry. */
  claimed: number;
  /** Requests that came. */
  asked: number;
  /** Attempts that failed, and requests that were not valid. */
  refused: number;
}

export class SimulatedFleet implements AsyncDisposable {
  readonly nodes: readonly SimulatedNode[];
  readonly counters: Counters = { connected: 0, lost: 0, claimed: 0, asked: 0, refused: 0 };
  readonly #atOnce: number;

  constructor({ urls, fleet = "default", pool = "default", nodes, sessions = 0, first = 0, atOnce = 50 }: SimulatedFleetOptions) {
    this.#atOnce = atOnce;
    const name = (index: number) => `sim-${String(first + index).padStart(5, "0")}`;
    const common = { urls, fleet: fleet as FleetName, pool: pool as PoolName, sessions, count: (what: keyof Counters) => void this.counters[what]++ };
    this.nodes = Array.from({ length: nodes }, (_, index) => new SimulatedNode({ ...common, name: name(index) }));
  }

  /** Resolves when every node has been served once. */
  async start(): Promise<void> {
    const waiting = [...this.nodes];
    await Promise.all(
      Array.from({ length: this.#atOnce }, async () => {
        for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) await node.start();
      }),
    );
  }

  connected(): number {
    return this.nodes.filter((node) => node.connected).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()));
  }
}
