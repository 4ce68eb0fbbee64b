// What a launch wants of the node it goes to, and the flags that say it.
import { FleetError } from "@fleetwire/shared/errors";
import { parseCondition, type PlaceWish } from "@fleetwire/shared/placement";
import { size, text, value, values, whole, type FlagValues } from "./flags.ts";

export const WISH_FLAGS = {
  "where": values("CONDITION", "the best node that is so: zone=eu, zone!=eu, ssd, !ssd, cpus>=8, memory>=16G, arch=x64, os=linux", parseCondition),
  "cpus": value("N", "the best node with so many CPUs", whole(1, 100_000)),
  "memory": value("SIZE", "the best node with so much free memory, e.g. 16G", size),
  "gpus": value("N", "so many GPUs of its own; without --on on the best node that has them free", whole(1, 64)),
  "gpu-memory": value("SIZE", "least memory of each of them, e.g. 40G", size),
  "gpu-model": value("TEXT", "part of their model's name, e.g. h100", text),
} as const;

export type WishFlags = FlagValues<typeof WISH_FLAGS>;

/** @throws FleetError `usage` */
export function wishOf(flags: WishFlags): PlaceWish {
  const { where, cpus, memory, gpus, "gpu-memory": memoryBytes, "gpu-model": model } = flags;
  if (gpus === undefined && (memoryBytes !== undefined || model !== undefined)) throw new FleetError("usage", "--gpu-memory and --gpu-model say which GPUs; --gpus N says how many");
  return {
    where: [...where],
    ...(cpus === undefined ? {} : { cpus }),
    ...(memory === undefined || memory === 0 ? {} : { memoryBytes: memory }),
    ...(gpus === undefined ? {} : { gpus: { count: gpus, ...(memoryBytes === undefined || memoryBytes === 0 ? {} : { memoryBytes }), ...(model === undefined || model === "" ? {} : { model }) } }),
  };
}
