// How well a node that fits would take a launch, from 0 to 1.
import type { Gpu, NodeRecord } from "../domain/index.ts";
import { loadPerCpu } from "./fits.ts";
import type { PlaceWish } from "./wish.ts";

/** What counts how much; together 1. The number of sessions is there because the load of a launch shows only a minute later. */
const WEIGHTS = { load: 0.4, memory: 0.25, sessions: 0.15, gpus: 0.2 } as const;

/** @param node fits the wish */
export function scoreOf(node: NodeRecord, wish: PlaceWish): number {
  const { cpus, gpus } = node.resources;
  const load = 1 / (1 + loadPerCpu(node));
  const sessions = 1 / (1 + node.sessions.running / Math.max(1, cpus));
  const score = WEIGHTS.load * load + WEIGHTS.memory * memoryLeft(node, wish) + WEIGHTS.sessions * sessions + WEIGHTS.gpus * gpuPart(wish, countFree(gpus));
  return Math.round(score * 1000) / 1000;
}

/** The same in words. */
export function reasonsOf(node: NodeRecord, wish: PlaceWish): string[] {
  const { gpus } = node.resources;
  return [
    `load ${loadPerCpu(node).toFixed(2)} per CPU`,
    `${Math.round(memoryLeft(node, wish) * 100)}% memory left`,
    `${node.sessions.running} running`,
    ...(gpus.length === 0 ? [] : [`${countFree(gpus)} of ${gpus.length} GPUs free`]),
  ];
}

function memoryLeft({ resources: { memoryBytes, memoryFreeBytes = 0 } }: NodeRecord, wish: PlaceWish): number {
  return memoryBytes > 0 ? Math.min(1, Math.max(0, memoryFreeBytes - (wish.memoryBytes ?? 0)) / memoryBytes) : 0;
}

/** Large free sets of GPUs are kept whole for those who need them, and GPUs for those who want any. */
function gpuPart({ gpus: wish }: PlaceWish, free: number): number {
  if (wish === undefined) return free === 0 ? 1 : 0;
  return 1 / (1 + Math.max(0, free - wish.count));
}

function countFree(gpus: readonly Gpu[]): number {
  let free = 0;
  for (const gpu of gpus) if (gpu.free) free++;
  return free;
}
