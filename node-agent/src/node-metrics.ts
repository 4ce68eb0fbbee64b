// What a node tells Prometheus. Everything here is measured when it is asked for, or counted in passing; names of sessions,
// commands and callers are in no label.
import { freemem } from "node:os";
import { NODE_CONTRACTS, type PartStatus } from "@fleetwire/shared/bus";
import { ACTIVITY_STATES, SESSION_STATES, type NodeRecord } from "@fleetwire/shared/domain";
import type { Hub } from "./hub/index.ts";
import { createMetrics, measureProcess, type Metrics } from "./metrics/index.ts";
import type { NodeService } from "./node/index.ts";
import type { HostPool, Sessions } from "./sessions/index.ts";
import type { Store } from "./store/index.ts";

const BOUNDS_S = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Measuring directories costs; a disk doesn't fill up faster than this is looked at. */
const STORAGE_MS = 10_000;

export interface NodeMetricsDeps {
  readonly node: NodeService;
  readonly sessions: Sessions;
  readonly store: Store;
  readonly pool: HostPool;
  readonly hub: Hub;
  readonly linkState: () => string;
  readonly audited: () => number;
  readonly warnings: () => readonly string[];
  /** The registry's own page, on the hub's machine. */
  readonly registryText: () => Promise<string>;
  readonly now: () => number;
}

export interface NodeMetrics extends Disposable {
  text(): Promise<string>;
}

/** Counted from the start on, before there is anything else to measure. */
export interface NodeCounts {
  readonly metrics: Metrics;
  request(verb: string, outcome: string, seconds: number): void;
  refused(code: string): void;
  connected(): void;
}

export function createNodeCounts(): NodeCounts {
  const metrics = createMetrics();
  const requests = metrics.counter("fleet_requests_total", "Requests that reached the node, by verb and outcome (ok or the error's code).");
  const durations = metrics.histogram("fleet_request_duration_seconds", "How long requests took, by verb and outcome (ok or error).", BOUNDS_S);
  const refusals = metrics.counter("fleet_requests_refused_total", "Requests that were turned away before they were read: forged, expired, without a role or a token.");
  const connects = metrics.counter("fleet_nats_connects_total", "Connections to NATS that were made; more than one are reconnects.");
  return {
    metrics,
    request(verb, outcome, seconds) {
      const known = verb in NODE_CONTRACTS ? verb : "unknown";
      requests.add({ verb: known, outcome });
      durations.observe(seconds, { verb: known, outcome: outcome === "ok" ? "ok" : "error" });
    },
    refused: (code) => refusals.add({ code }),
    connected: () => connects.add(),
  };
}

export function createNodeMetrics({ metrics }: NodeCounts, deps: NodeMetricsDeps): NodeMetrics {
  const process = measureProcess(metrics, "fleet_agent");
  const unlisten = countSessions(metrics, deps);
  measureSessions(metrics, deps);
  measureStorage(metrics, deps);
  measureNode(metrics, deps);
  measureParts(metrics, deps);
  return {
    text: async () => (await metrics.text()) + (await deps.registryText()),
    [Symbol.dispose]() {
      process[Symbol.dispose]();
      unlisten();
    },
  };
}

function countSessions(metrics: Metrics, { node }: NodeMetricsDeps): () => void {
  const launches = metrics.counter("fleet_session_launches_total", "Sessions that were started.");
  const ends = metrics.counter("fleet_session_ends_total", "Sessions that ended, by how: exited, killed, failed, lost.");
  launches.add({}, 0);
  for (const state of ["exited", "killed", "failed", "lost"]) ends.add({ state }, 0);
  return node.onEvent(({ kind, session }) => {
    if (kind === "session-launched") launches.add();
    if (kind === "session-ended") ends.add({ state: session?.state ?? "unknown" });
  });
}

function measureSessions(metrics: Metrics, { node, sessions, store }: NodeMetricsDeps): void {
  const byState = metrics.gauge("fleet_sessions", "Sessions that the node knows, by state.");
  const byActivity = metrics.gauge("fleet_session_activity", "Running sessions by what their program does.");
  const attached = metrics.gauge("fleet_viewers_attached", "Viewers attached now.");
  const output = metrics.total("fleet_session_output_bytes_total", "Bytes that sessions printed since the agent's start.");
  const seen = new Map<number, number>();
  let printed = 0;
  metrics.collect(async () => {
    const states = new Map<string, number>(SESSION_STATES.map((state) => [state, 0]));
    for (const { state } of store.sessions.all()) states.set(state, (states.get(state) ?? 0) + 1);
    for (const [state, count] of states) byState.set(count, { state });
    const activities = new Map<string, number>(ACTIVITY_STATES.map((state) => [state, 0]));
    const { startedAt } = node.record();
    let viewers = 0;
    const running = new Set<number>();
    for (let after = 0, more = true; more; ) {
      const page = await sessions.list({ filter: { states: ["starting", "running"] }, after });
      for (const { id, attached: watching, activity, outputBytes, createdAt } of page.sessions) {
        running.add(id);
        viewers += watching;
        activities.set(activity.state, (activities.get(activity.state) ?? 0) + 1);
        // What was printed before this agent started is not its to count.
        printed += Math.max(0, outputBytes - (seen.get(id) ?? (createdAt < startedAt ? outputBytes : 0)));
        seen.set(id, outputBytes);
      }
      more = page.more && page.sessions.length > 0;
      after = page.sessions.at(-1)?.id ?? after;
    }
    for (const id of seen.keys()) if (!running.has(id)) seen.delete(id);
    for (const [activity, count] of activities) byActivity.set(count, { activity });
    attached.set(viewers);
    output.set(printed);
  });
}

function measureStorage(metrics: Metrics, { sessions, now }: NodeMetricsDeps): void {
  const logs = metrics.gauge("fleet_log_bytes", "Bytes that the logs of sessions take on the disk, by whether the session runs.");
  const free = metrics.gauge("fleet_disk_free_bytes", "Bytes free on the file system that the logs are on.");
  let at = Number.NEGATIVE_INFINITY;
  metrics.collect(async () => {
    if (now() - at < STORAGE_MS) return;
    at = now();
    const { running, ended, freeBytes } = await sessions.storage();
    logs.set(running.bytes, { sessions: "running" });
    logs.set(ended.bytes, { sessions: "ended" });
    if (freeBytes !== null) free.set(freeBytes);
  });
}

function measureNode(metrics: Metrics, { node, linkState, audited, warnings }: NodeMetricsDeps): void {
  const info = metrics.gauge("fleet_node_info", "1; who this is.");
  const load = metrics.gauge("fleet_node_load1", "One-minute load average.");
  const memory = metrics.gauge("fleet_node_memory_bytes", "Memory of the machine, by total and free.");
  const gpus = metrics.gauge("fleet_gpus", "GPUs of the machine, by free and leased.");
  const draining = metrics.gauge("fleet_node_draining", "1: it takes no new sessions.");
  const connected = metrics.gauge("fleet_nats_connected", "1: connected to the fleet's NATS server; 0: not; absent outside any fleet.");
  const record = metrics.total("fleet_audit_records_total", "Records in the node's audit chain.");
  const said = metrics.gauge("fleet_node_warnings", "Things that are wrong although the node answers; 'fleet status' and 'fleet doctor' say what.");
  metrics.collect(() => {
    const now: NodeRecord = node.record();
    info.clear();
    info.set(1, { node: now.name, pool: now.pool, version: now.version });
    load.set(now.load);
    memory.set(now.resources.memoryBytes, { kind: "total" });
    memory.set(freemem(), { kind: "free" });
    const free = now.resources.gpus.filter((gpu) => gpu.free).length;
    gpus.set(free, { state: "free" });
    gpus.set(now.resources.gpus.length - free, { state: "leased" });
    draining.set(now.draining ? 1 : 0);
    connected.clear();
    if (linkState() !== "none") connected.set(linkState() === "connected" ? 1 : 0);
    record.set(audited());
    said.set(warnings().length);
  });
}

function measureParts(metrics: Metrics, { pool, hub }: NodeMetricsDeps): void {
  const hosts = metrics.gauge("fleet_pty_hosts", "PTY hosts by version, whether they take new sessions, and state.");
  const inHosts = metrics.gauge("fleet_pty_host_sessions", "Sessions that run in PTY hosts of the current generation and of older ones.");
  const memory = metrics.gauge("fleet_pty_host_memory_bytes", "Memory of all PTY hosts in RAM.");
  const hubUp = metrics.gauge("fleet_hub_up", "1: this part of the hub runs; absent where there is no hub.");
  metrics.collect(async () => {
    const parts = pool.parts().filter((part): part is PartStatus & { host: NonNullable<PartStatus["host"]> } => part.host !== undefined);
    hosts.clear();
    const counts = new Map<string, { count: number; labels: Record<string, string> }>();
    for (const { state, host } of parts) {
      const labels = { version: host.version, generation: host.current ? "current" : "old", state };
      const key = JSON.stringify(labels);
      counts.set(key, { labels, count: (counts.get(key)?.count ?? 0) + 1 });
    }
    for (const { labels, count } of counts.values()) hosts.set(count, labels);
    for (const current of [true, false]) inHosts.set(parts.filter(({ host }) => host.current === current).reduce((sum, { host }) => sum + host.sessions, 0), { generation: current ? "current" : "old" });
    memory.set(parts.reduce((sum, { host }) => sum + (host.memoryBytes ?? 0), 0));
    if (hub.exists()) for (const { name, state } of (await hub.status()).parts) hubUp.set(state === "running" ? 1 : 0, { part: name });
  });
}
