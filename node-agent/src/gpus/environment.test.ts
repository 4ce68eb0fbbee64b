import { expect, it } from "vitest";
import type { LeasedGpu } from "@fleetwire/shared/domain";
import { withGpus } from "./environment.ts";

const leased = (vendor: LeasedGpu["vendor"], uuid: string, index: number): LeasedGpu => ({ vendor, uuid, name: "g", index });

it.each<[string, LeasedGpu[], Record<string, string>]>([
  ["no lease leaves everything as it is", [], { CUDA_VISIBLE_DEVICES: "7", A: "1" }],
  ["NVIDIA's by UUID", [leased("nvidia", "GPU-a", 2), leased("nvidia", "MIG-b", 0)], { CUDA_VISIBLE_DEVICES: "GPU-a,MIG-b", NVIDIA_VISIBLE_DEVICES: "GPU-a,MIG-b", A: "1" }],
  ["AMD's by UUID, counted from 0 by HIP, which would take CUDA's for its own", [leased("amd", "GPU-8c2f1a0b3d4e5f60", 3), leased("amd", "GPU-18f2d4f4d27a1b9c", 5)], { ROCR_VISIBLE_DEVICES: "GPU-8c2f1a0b3d4e5f60,GPU-18f2d4f4d27a1b9c", HIP_VISIBLE_DEVICES: "0,1", A: "1" }],
  ["AMD's without a serial by number", [leased("amd", "amd-1", 1)], { ROCR_VISIBLE_DEVICES: "1", HIP_VISIBLE_DEVICES: "0", A: "1" }],
])("%s", (_what, held, env) => {
  expect(withGpus({ CUDA_VISIBLE_DEVICES: "7", A: "1" }, held)).toEqual(env);
});
