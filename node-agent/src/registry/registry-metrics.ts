// What the registry tells Prometheus, by way of its node's page.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "@fleetwire/shared/errors";
import type { Log } from "../fleet/index.ts";
import { createMetrics, measureProcess, serveMetrics, type MetricsServer } from "../metrics/index.ts";
import { registryFiles } from "./hub-files.ts";
import type { Registry } from "./registry.ts";
import { stateOf } from "./row.ts";
import type { Sync } from "./sync.ts";
import type { Table } from "./table.ts";

const BOUNDS_S = [0.0005, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5];

export interface RegistryMetrics {
  query(view: string, outcome: string, seconds: number): void;
  measure(parts: { readonly table: Table; readonly registry: Registry; readonly sync: Sync; readonly now: () => number }): void;
  /** On a unix socket below the hub's directory, for the node agent. Undefined when that can't be had. */
  serve(hubDirectory: string, log: Log): Promise<MetricsServer | undefined>;
}

export function createRegistryMetrics(): RegistryMetrics {
  const metrics = createMetrics();
  const queries = metrics.histogram("fleet_registry_query_duration_seconds", "How long questions to the registry took, by view and outcome (ok or error).", BOUNDS_S);
  return {
    query: (view, outcome, seconds) => queries.observe(seconds, { view, outcome }),
    measure({ table, registry, sync, now }) {
      const nodes = metrics.gauge("fleet_registry_nodes", "Nodes of the fleet by state.");
      const sessions = metrics.gauge("fleet_registry_sessions", "Sessions of the fleet by state, as last heard.");
      const alarms = metrics.gauge("fleet_registry_audit_alarms", "Nodes whose audit record is not what it was.");
      const backlog = metrics.gauge("fleet_registry_sync_waiting", "Nodes that have to be asked for their lists, and are not yet.");
      const heard = metrics.total("fleet_registry_messages_total", "Beats and events that were believed.");
      const rejected = metrics.total("fleet_registry_rejected_total", "Messages that were not believed: forged, old or malformed.");
      metrics.collect(() => {
        const states: Record<string, number> = { live: 0, suspect: 0, unreachable: 0 };
        const bySession: Record<string, number> = { running: 0 };
        let alarmed = 0;
        for (const row of table.all()) {
          const state = stateOf(row, now());
          states[state] = (states[state] ?? 0) + 1;
          if (row.alarm !== undefined) alarmed++;
          for (const session of row.sessions.values()) bySession[session.state] = (bySession[session.state] ?? 0) + 1;
        }
        for (const [state, count] of Object.entries(states)) nodes.set(count, { state });
        sessions.clear();
        for (const [state, count] of Object.entries(bySession)) sessions.set(count, { state });
        alarms.set(alarmed);
        backlog.set(sync.waiting());
        heard.set(registry.heard().beats, { kind: "beat" });
        heard.set(registry.heard().events, { kind: "event" });
        rejected.set(registry.rejected());
      });
    },
    async serve(hubDirectory, log) {
      const measured = measureProcess(metrics, "fleet_registry");
      const { directory } = registryFiles(hubDirectory);
      try {
        mkdirSync(directory, { recursive: true, mode: 0o700 });
        const server = await serveMetrics(join(directory, "m.sock"), () => metrics.text());
        return { port: undefined, [Symbol.asyncDispose]: async () => (measured[Symbol.dispose](), server[Symbol.asyncDispose]()) };
      } catch (error) {
        // A path too long for a socket, or a directory that isn't there: a registry without figures is still one.
        measured[Symbol.dispose]();
        log.warn({ reason: FleetError.from(error).message }, "the registry's metrics are not served");
        return undefined;
      }
    },
  };
}
