// Processors and memory that programs here can have: the machine's, or what the container or control group that the agent runs in
// allows of it.
import { readFileSync } from "node:fs";
import { availableParallelism, freemem, totalmem } from "node:os";
import { join } from "node:path";

export interface MachineResources {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly memoryFreeBytes: number;
}

/** Where Linux tells of itself; tests have trees of their own. */
export interface MachineFiles {
  readonly proc: string;
  readonly cgroup: string;
}

const FILES: MachineFiles = { proc: "/proc", cgroup: "/sys/fs/cgroup" };

/** Costs some small file reads. What can't be read limits nothing. */
export function readMachine({ proc, cgroup }: MachineFiles = FILES): MachineResources {
  const groups = groupsOf(text(join(proc, "self/cgroup")), cgroup);
  const total = totalmem();
  const limits = groups.flatMap((group) => memoryOf(group) ?? []);
  const quotas = groups.flatMap((group) => cpusOf(group) ?? []);
  return {
    cpus: Math.max(1, Math.min(availableParallelism(), ...quotas.map(Math.ceil))),
    memoryBytes: Math.min(total, ...limits.map(({ limit }) => limit)),
    memoryFreeBytes: Math.min(availableBytes(text(join(proc, "meminfo"))) ?? freemem(), ...limits.map(({ free }) => free)),
  };
}

/** As of at most so long ago: a record is asked for many times a second. */
const FRESH_MS = 1_000;

export function createMachineReader(read = readMachine, now: () => number = () => performance.now()): () => MachineResources {
  let last = read();
  let at = now();
  return () => {
    if (now() - at < FRESH_MS) return last;
    at = now();
    return (last = read());
  };
}

/** Its own groups and all above them: each may have a limit. Version 2 has one tree, version 1 one for each controller. */
function groupsOf(membership: string, root: string): string[] {
  const trees: [string, RegExp][] = [[root, /^0::(.*)$/m], [join(root, "memory"), /^\d+:memory:(.*)$/m], [join(root, "cpu"), /^\d+:(?:cpu|cpu,cpuacct):(.*)$/m]];
  return trees.flatMap(([tree, line]) => {
    const names = (line.exec(membership)?.[1] ?? "").split("/").filter((name) => name !== "" && name !== "..");
    return [tree, ...names.map((_, at) => join(tree, ...names.slice(0, at + 1)))];
  });
}

function memoryOf(group: string): { limit: number; free: number } | undefined {
  const limit = bytes(text(join(group, "memory.max"))) ?? bytes(text(join(group, "memory.limit_in_bytes")));
  const used = bytes(text(join(group, "memory.current"))) ?? bytes(text(join(group, "memory.usage_in_bytes")));
  if (limit === undefined || used === undefined) return undefined;
  // What the kernel only keeps because nobody needed it is given back when somebody does.
  const cache = Number(/^(?:total_)?inactive_file (\d+)$/m.exec(text(join(group, "memory.stat")))?.[1] ?? 0);
  return { limit, free: Math.max(0, limit - Math.max(0, used - cache)) };
}

function cpusOf(group: string): number | undefined {
  const [quota = "", period = ""] = (text(join(group, "cpu.max")) || `${text(join(group, "cpu.cfs_quota_us")).trim()} ${text(join(group, "cpu.cfs_period_us")).trim()}`).trim().split(" ");
  const cpus = Number(quota) / Number(period);
  return quota !== "" && Number.isFinite(cpus) && cpus > 0 ? cpus : undefined;
}

/** `max` and the huge number that version 1 says instead are no limits. */
function bytes(content: string): number | undefined {
  return /^\d{1,15}$/.test(content.trim()) ? Number(content) : undefined;
}

function availableBytes(meminfo: string): number | undefined {
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

function text(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
