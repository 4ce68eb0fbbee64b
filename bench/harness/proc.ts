// Memory and processor time of a process, as the kernel counts them.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Jiffies a second: a constant of the kernel's interface to programs on every platform that Node runs on. */
const JIFFIES = 100;

/**
 * Memory in KB. `rss`: all resident pages, those of the shared Node binary too; `pss`: shared pages split among those who
 * share them, which is right for differences and flatters when many Node processes run.
 */
export function memoryKb(pid: number): { rss: number; pss: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1] ?? NaN);
  return { rss: field("Rss"), pss: field("Pss") };
}

/** User and system time so far, in ms. */
function cpuMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name may contain spaces and brackets: fields count from the last bracket.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / JIFFIES;
}

/** Share of one core in percent, over `ms` milliseconds. */
export async function cpuPercent(pids: readonly number[], ms: number): Promise<number> {
  const total = () => pids.reduce((sum, pid) => sum + cpuMs(pid), 0);
  const from = performance.now();
  const before = total();
  await sleep(ms);
  return (100 * (total() - before)) / (performance.now() - from);
}
