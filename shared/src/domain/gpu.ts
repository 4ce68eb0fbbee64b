// A GPU of a node, what a session may wish of GPUs, and which of them it gets: one rule for the node that leases them and
// for whoever looks for a node.
import * as z from "zod/mini";

export const GpuVendor = z.enum(["nvidia", "amd"]);
export type GpuVendor = z.infer<typeof GpuVendor>;

/** A whole GPU, or a part of one that its driver lists as a device of its own (MIG). Fields may be added, never renamed. */
export const Gpu = z.object({
  name: z.string(),
  memoryBytes: z.number(),
  /** It can be leased: no session holds it and no other process computes on it. */
  free: z.boolean(),
  /** As its driver counts; a part has its GPU's. */
  index: z.optional(z.int()),
  uuid: z.optional(z.string()),
  vendor: z.optional(GpuVendor),
  memoryFreeBytes: z.optional(z.number()),
  /** Busy, 0–100. */
  utilisation: z.optional(z.number()),
  /** Id of the session of this node that holds its lease. */
  session: z.optional(z.int()),
  /** A process computes on it that no lease covers. */
  foreign: z.optional(z.boolean()),
  /** A MIG device: not a whole GPU. */
  part: z.optional(z.boolean()),
});
export type Gpu = z.infer<typeof Gpu>;

export const GpuWish = z.object({
  count: z.int().check(z.gte(1), z.lte(64)),
  /** Least memory of each, bytes. */
  memoryBytes: z.optional(z.number().check(z.positive())),
  /** Part of the model's name, in any case. */
  model: z.optional(z.string().check(z.minLength(1), z.maxLength(64))),
});
export type GpuWish = z.infer<typeof GpuWish>;

/** What a session that holds a GPU is told of it. */
export const LeasedGpu = z.object({ uuid: z.string(), name: z.string(), vendor: GpuVendor, index: z.int() });
export type LeasedGpu = z.infer<typeof LeasedGpu>;

/** Drivers keep a little for themselves: a "40 GB" card says 39.4 GiB. */
const MEMORY_SLACK = 0.06;

export function matchesWish(gpu: Gpu, { memoryBytes = 0, model = "" }: Omit<GpuWish, "count">): boolean {
  return gpu.memoryBytes >= memoryBytes * (1 - MEMORY_SLACK) && gpu.name.toLowerCase().includes(model.toLowerCase());
}

/**
 * Free GPUs for a wish, the smallest that will do first: all of one vendor and whole; a part only when one is wished and no whole
 * one is free, because a program can use but one part at a time.
 * @param preferred uuids that are taken before others, e.g. those it had before
 * @returns undefined when there aren't enough
 */
export function chooseGpus<G extends Gpu>(gpus: readonly G[], wish: GpuWish, preferred: ReadonlySet<string> = new Set()): readonly G[] | undefined {
  const free = gpus.filter((gpu) => gpu.free && matchesWish(gpu, wish));
  // Most of a large fleet is out of the question.
  if (free.length < wish.count) return undefined;
  const fitting = free.toSorted((a, b) => rank(a, preferred) - rank(b, preferred) || a.memoryBytes - b.memoryBytes || (a.index ?? 0) - (b.index ?? 0));
  const whole = fitting.filter(({ part }) => part !== true);
  for (const vendor of new Set(whole.map((gpu) => gpu.vendor))) {
    const same = whole.filter((gpu) => gpu.vendor === vendor);
    if (same.length >= wish.count) return same.slice(0, wish.count);
  }
  const parts = fitting.filter(({ part }) => part === true);
  return wish.count === 1 && parts.length > 0 ? parts.slice(0, 1) : undefined;
}

const rank = ({ uuid }: Gpu, preferred: ReadonlySet<string>): number => (uuid !== undefined && preferred.has(uuid) ? 0 : 1);
