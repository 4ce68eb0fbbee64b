import type { Gpu } from "@fleetwire/shared/domain";
import { bytesOf } from "./amounts.ts";

/** `0  NVIDIA H100 80GB HBM3  79.6 GB, 79.1 GB free  free`, and for one that isn't who has it. */
export function gpuText(node: string, { index, name, memoryBytes, memoryFreeBytes, utilisation, session, foreign }: Gpu): string {
  const memory = memoryFreeBytes === undefined ? bytesOf(memoryBytes) : `${bytesOf(memoryBytes)}, ${bytesOf(memoryFreeBytes)} free`;
  const who = session !== undefined ? `leased to ${node}:${session}` : foreign === true ? "used by a process without a lease" : "free";
  return [index === undefined ? undefined : String(index), name, memory, utilisation === undefined ? undefined : `${Math.round(utilisation)}%`, who].filter((part) => part !== undefined).join("  ");
}
