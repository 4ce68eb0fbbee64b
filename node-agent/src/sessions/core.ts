// What the parts of the session service share.
import { randomBytes } from "node:crypto";
import type { AttachAddress } from "@fleetwire/shared/bus";
import type { LeasedGpu } from "@fleetwire/shared/domain";
import type { HostInput, HostSession } from "@fleetwire/shared/control";
import { Epoch, type SessionId } from "@fleetwire/shared/ids";
import type { KeyPair } from "@fleetwire/shared/keys";
import type { GpuProbe } from "../gpus/index.ts";
import type { Log } from "../log/index.ts";
import type { NodeService } from "../node/index.ts";
import type { Search } from "../search/index.ts";
import type { Store } from "../store/index.ts";
import type { HostPool } from "./host-pool.ts";
import type { KeyedLock } from "./keyed-lock.ts";

/** The sockets by which sessions reach their own node. */
export interface SessionSockets {
  path(id: SessionId): string;
  open(id: SessionId): void;
  close(id: SessionId): void;
}

/** As configured now; of the kept ones 0 is no bound. */
export interface Limits {
  readonly logBytes: number;
  readonly maxSessions: number;
  readonly draining: boolean;
  readonly keepDays: number;
  readonly keepBytes: number;
  readonly keepCount: number;
  /** What a program is told that asks for its terminal's colours. */
  readonly colors?: HostInput<"spawn">["colors"];
}

export interface SessionsDeps {
  readonly store: Store;
  readonly pool: HostPool;
  readonly node: NodeService;
  readonly nodeKey: KeyPair;
  readonly stateDir: string;
  readonly home: string;
  /** Environment of a session that is launched from elsewhere. */
  readonly loginEnv: Readonly<Record<string, string>>;
  readonly limits: () => Limits;
  /** Where others than this machine open a terminal, best first. */
  readonly addresses: () => readonly AttachAddress[];
  readonly sockets: SessionSockets;
  readonly gpus: GpuProbe;
  readonly search: Search;
  readonly log: Log;
  readonly now: () => number;
}

export interface Core extends SessionsDeps {
  /** One thing at a time happens to a session. */
  readonly lock: KeyedLock;
  /** What hosts said last. */
  readonly live: Map<SessionId, HostSession>;
  /** Called with a session's id whenever something about it may have changed. */
  readonly watchers: Set<(id: SessionId) => void>;
  /** Aborted when the agent stops. */
  readonly over: AbortSignal;
  /** What the agent finishes before it stops. */
  readonly unfinished: Set<Promise<void>>;
  /** GPUs of sessions that are between two lives: nobody else gets them. */
  readonly keptGpus: Map<SessionId, readonly LeasedGpu[]>;
  /** A lost database is being rebuilt from what runs: until then nobody knows who holds what. */
  rebuilding: Promise<void>;
}

export function newEpoch(): Epoch {
  return Epoch.parse(randomBytes(8).toString("hex").slice(0, 14));
}

export function notifyWatchers(core: Core, id: SessionId): void {
  for (const watcher of core.watchers) watcher(id);
}
