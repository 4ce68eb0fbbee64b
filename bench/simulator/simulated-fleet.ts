// Many simulated nodes in one process, and what they did.
import type { FleetName, PoolName } from "@fleetwire/shared/ids";
import { nodeCredentials } from "./credentials.ts";
import { SimulatedNode } from "./simulated-node.ts";

export interface SimulatedFleetOptions {
  readonly urls: readonly string[];
  readonly nodes: number;
  /** Sessions of each. */
  readonly sessions?: number;
  /** Number of the first: several processes share a fleet. */
  readonly first?: number;
  /** `state` directory of the machine with the hub; without it the server must take anybody. */
  readonly hub?: string;
  /** Nodes that connect at the same time at the start. */
  readonly atOnce?: number;
}

export interface Counters {
  readonly online: number;
  /** Changes that ran, by operation id. */
  readonly executed: number;
  /** Operation ids that ran more than once: none, ever. */
  readonly twice: readonly string[];
}

const READY_MS = 120_000;

export class SimulatedFleet implements AsyncDisposable {
  readonly nodes: SimulatedNode[] = [];
  readonly #options: SimulatedFleetOptions;
  readonly #executed = new Map<string, number>();

  constructor(options: SimulatedFleetOptions) {
    this.#options = options;
  }

  /** Resolves when every node has been served once. */
  async start(): Promise<void> {
    const { urls, nodes, sessions = 0, first = 0, hub, atOnce = 50 } = this.#options;
    const credentials = hub === undefined ? undefined : nodeCredentials(hub);
    const onExecuted = (operation: string) => void this.#executed.set(operation, (this.#executed.get(operation) ?? 0) + 1);
    let index = 0;
    const next = () => {
      const node = new SimulatedNode({ name: simulatedName(first + index++), urls, fleet: "default" as FleetName, pool: "default" as PoolName, sessions, credentials, onExecuted });
      this.nodes.push(node);
      return node.ready(READY_MS);
    };
    const worker = async () => {
      while (index < nodes) await next();
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, nodes) }, worker));
  }

  /** Each node's first session changes. */
  change(): void {
    for (const node of this.nodes) node.change();
  }

  counters(): Counters {
    return {
      online: this.nodes.filter((node) => node.connected).length,
      executed: this.#executed.size,
      twice: [...this.#executed].filter(([, times]) => times > 1).map(([id]) => id),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()));
  }
}

export function simulatedName(index: number): string {
  return `sim-${String(index).padStart(5, "0")}`;
}
