// This node as others see it: its record, its revision, its events.
import { arch, hostname, loadavg, platform } from "node:os";
import type { Drain, Labels, NodeRecord } from "@fleetwire/shared/domain";
import { PublicKey, type NodeName, type PoolName } from "@fleetwire/shared/ids";
import { gpusOf, type GpuProbe } from "../gpus/index.ts";
import type { Log } from "../log/index.ts";
import type { Store } from "../store/index.ts";
import { createEventSource, type EventDraft, type NodeEvent } from "./events.ts";
import { createHistory, type History } from "./history.ts";
import { createMachineReader } from "./machine.ts";

/** What can change while the agent runs; asked for each record. */
export interface NodeFacts {
  readonly name: NodeName;
  readonly pool: PoolName;
  readonly labels: Labels;
  readonly url: string | null;
  readonly relay: string | null;
  readonly open: boolean;
  readonly draining: boolean;
  readonly drain: Drain | undefined;
  readonly warning: string | undefined;
}

export interface NodeServiceDeps {
  readonly key: string;
  readonly version: string;
  readonly startedAt: number;
  readonly store: Store;
  readonly facts: () => NodeFacts;
  readonly gpus: GpuProbe;
  readonly now: () => number;
  readonly log: Log;
}

export interface NodeService {
  name(): NodeName;
  record(): NodeRecord;
  /** With its GPUs as of now, not as of the last minute. */
  fresh(): Promise<NodeRecord>;
  rev(): number;
  lastEvent(): number;
  onEvent(listener: (event: NodeEvent) => void): () => void;
  /** A change that others should see: the revision grows, then it is told. */
  tell(draft: EventDraft): void;
  /** Something that happened and changes nothing that is kept. */
  say(draft: EventDraft): void;
  /** The node's own record changed. */
  changed(): NodeRecord;
  /** What happened here. */
  readonly history: History;
}

export function createNodeService(deps: NodeServiceDeps): NodeService {
  const key = PublicKey.parse(deps.key);
  const events = createEventSource((error) => deps.log.error({ err: error }, "an event's listener failed"));

  const machine = createMachineReader();
  const history = createHistory(deps.store.events);
  const service: NodeService = {
    history,
    name: () => deps.facts().name,
    rev: () => deps.store.rev(),
    lastEvent: () => deps.store.events.last().seq,
    onEvent: (listener) => events.on(listener),
    record() {
      const { name, pool, labels, url, relay, open, draining, drain, warning } = deps.facts();
      return {
        name,
        key,
        pool,
        state: "live",
        ageMs: 0,
        version: deps.version,
        url,
        relay,
        labels,
        resources: { ...machine(), gpus: gpusOf(deps.gpus.current(), deps.store.sessions.holders()) },
        load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
        runtimes: ["host"],
        sessions: deps.store.sessions.count(),
        draining,
        ...(drain === undefined ? {} : { drain }),
        startedAt: new Date(deps.startedAt).toISOString(),
        hostname: hostname(),
        platform: `${platform()}-${arch()}`,
        open,
        ...(warning === undefined ? {} : { warning }),
      };
    },
    async fresh() {
      await deps.gpus.fresh();
      return service.record();
    },
    tell(draft) {
      deps.store.bumpRev();
      service.say(draft);
    },
    say(draft) {
      const now = deps.now();
      const kept = history.add({ ...draft, node: service.name(), key, at: new Date(now).toISOString() }, now);
      events.emit({ ...kept, rev: deps.store.rev() });
    },
    changed() {
      const record = service.record();
      service.tell({ kind: "node-changed", record });
      return record;
    },
  };
  return service;
}
