// What a process of ours takes: memory, CPU, and how long its event loop keeps others waiting.
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Metrics } from "./metrics.ts";

/** Each look wakes an idle process; a delay that people notice is longer than this. */
const RESOLUTION_MS = 100;

/** @param prefix of the names: two processes answer on one page */
export function measureProcess(metrics: Metrics, prefix: "fleet_agent" | "fleet_registry"): Disposable {
  const memory = metrics.gauge(`${prefix}_resident_memory_bytes`, "Memory of the process in RAM.");
  const cpu = metrics.total(`${prefix}_cpu_seconds_total`, "CPU time of the process, user and system.");
  const started = metrics.gauge(`${prefix}_start_time_seconds`, "Start of the process since 1970.");
  const delay = metrics.gauge(`${prefix}_event_loop_delay_seconds`, "How late the event loop was since the last scrape, by percentile.");
  const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  loop.enable();
  const since = Date.now() / 1000 - process.uptime();
  metrics.collect(() => {
    const { user, system } = process.cpuUsage();
    memory.set(process.memoryUsage.rss());
    cpu.set((user + system) / 1e6);
    started.set(since);
    for (const percentile of [50, 99, 100]) delay.set(Math.max(0, loop.percentile(percentile) / 1e9 - RESOLUTION_MS / 1e3), { percentile: String(percentile) });
    loop.reset();
  });
  return { [Symbol.dispose]: () => void loop.disable() };
}
