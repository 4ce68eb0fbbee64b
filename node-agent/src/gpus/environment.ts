import type { LeasedGpu } from "@fleetwire/shared/domain";

type Env = Readonly<Record<string, string>>;

/** Variables by which a program sees its own GPUs and no others. A session without a lease keeps its environment as it is. */
export function withGpus(env: Env, held: readonly LeasedGpu[]): Env {
  const [first] = held;
  if (first === undefined) return env;
  const uuids = held.map(({ uuid }) => uuid).join(",");
  if (first.vendor === "nvidia") return { ...env, CUDA_VISIBLE_DEVICES: uuids, NVIDIA_VISIBLE_DEVICES: uuids };
  // HIP counts among those that ROCR shows, and takes CUDA's variable for its own.
  const { CUDA_VISIBLE_DEVICES: _cuda, ...rest } = env;
  const visible = held.map(({ uuid, index }) => (uuid.startsWith("GPU-") ? uuid : String(index))).join(",");
  return { ...rest, ROCR_VISIBLE_DEVICES: visible, HIP_VISIBLE_DEVICES: held.map((_, at) => at).join(",") };
}
