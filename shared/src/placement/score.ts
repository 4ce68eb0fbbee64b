// How well a node that fits would take a launch, from 0 to 1.
import { chooseGpus, type NodeRecord } from "../domain/index.ts";
import { loadPerCpu } from "./fits.ts";
import type { PlaceWish } from "./wish.ts";

/** What counts how much; together 1. The number of sessions is there because the load of a launch shows only a minute later. */
const WEIGHTS = { load: 0.4, memory: 0.25, sessions: 0.15, gpus: 0.2 } as const;

/** Its parts are from 0 to 1 each; `reasons` says them in words. */
export interface Score {
  readonly score: number;
  readonly reasons: readonly string[];
}

/** @param node fits the wish */
export function scoreOf(node: NodeRecord, wish: PlaceWish): Score {
  const { cpus, memoryBytes, memoryFreeBytes = 0, gpus } = node.resources;
  const load = loadPerCpu(node);
  const memory = memoryBytes > 0 ? Math.max(0, memoryFreeBytes - (wish.memoryBytes ?? 0)) / memoryBytes : 0;
  const free = gpus.filter(({ free: isFree }) => isFree);
  const parts = {
    load: 1 / (1 + load),
    memory: Math.min(1, memory),
    sessions: 1 / (1 + node.sessions.running / Math.max(1, cpus)),
    gpus: gpuPart(node, wish, free.length),
  };
  const score = (Object.keys(WEIGHTS) as (keyof typeof WEIGHTS)[]).reduce((sum, key) => sum + WEIGHTS[key] * parts[key], 0);
  const reasons = [
    `load ${load.toFixed(2)} per CPU`,
    `${Math.round(parts.memory * 100)}% memory left`,
    `${node.sessions.running} running`,
    ...(gpus.length === 0 ? [] : [`${free.length} of ${gpus.length} GPUs free`]),
  ];
  return { score: Math.round(score * 1000) / 1000, reasons };
}

/** Large free sets of GPUs are kept whole for those who need them, and GPUs for those who want any. */
function gpuPart(node: NodeRecord, { gpus: wish }: PlaceWish, free: number): number {
  if (wish === undefined) return free === 0 ? 1 : 0;
  const taken = chooseGpus(node.resources.gpus, wish)?.length ?? 0;
  return 1 / (1 + Math.max(0, free - taken));
}
