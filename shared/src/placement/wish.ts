import * as z from "zod/mini";
import { GpuWish } from "../domain/index.ts";
import { Condition } from "./condition.ts";

/** What a launch wants of the node it goes to. Nothing wanted: any live node. */
export const PlaceWish = z.object({
  where: z.array(Condition).check(z.maxLength(32)),
  /** Processors that the machine has. */
  cpus: z.optional(z.int().check(z.positive())),
  /** Free memory, bytes. A wish, not a reservation. */
  memoryBytes: z.optional(z.number().check(z.positive())),
  gpus: z.optional(GpuWish),
});
export type PlaceWish = z.infer<typeof PlaceWish>;
