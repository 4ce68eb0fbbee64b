// Whose GPUs are whose. A lease is not kept apart: it is what the row of a session that runs says it holds, so that it ends in the
// same write as the session does, whatever ends it.
import { chooseGpus, type Gpu, type GpuWish, type LeasedGpu } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import type { Device } from "./reader.ts";

/** What a session that runs holds. */
export interface Holder {
  readonly session: number;
  readonly held: readonly LeasedGpu[];
}

/** The node's GPUs as its record shows them. */
export function gpusOf(devices: readonly Device[], holders: Iterable<Holder>): (Gpu & LeasedGpu)[] {
  const holderOf = new Map([...holders].flatMap(({ session, held }) => held.map(({ uuid }) => [uuid, session] as const)));
  return devices.map(({ busy, ...device }) => {
    const session = holderOf.get(device.uuid);
    const foreign = busy && session === undefined;
    return { ...device, free: session === undefined && !foreign, ...(session === undefined ? {} : { session }), ...(foreign ? { foreign } : {}) };
  });
}

/**
 * Who calls this writes the answer into the session's row before anything else happens.
 * @param preferred those it had before
 * @throws FleetError `no-free-gpu`
 */
export function takeGpus(gpus: readonly (Gpu & LeasedGpu)[], wish: GpuWish, preferred: readonly LeasedGpu[], node: string): LeasedGpu[] {
  const chosen = chooseGpus(gpus, wish, new Set(preferred.map(({ uuid }) => uuid)));
  if (chosen === undefined) throw new FleetError("no-free-gpu", `node ${node} ${whyNot(gpus, wish)}`);
  return chosen.map(({ uuid, name, vendor, index }) => ({ uuid, name, vendor, index }));
}

function whyNot(gpus: readonly Gpu[], wish: GpuWish): string {
  if (gpus.length === 0) return "has no GPU";
  const asked = `${wish.count} free GPU${wish.count === 1 ? "" : "s"}${wish.model === undefined ? "" : ` '${wish.model}'`}${wish.memoryBytes === undefined ? "" : ` of ${Math.round(wish.memoryBytes / 2 ** 30)} GB`}`;
  const leased = gpus.filter(({ session }) => session !== undefined).length;
  const foreign = gpus.filter((gpu) => gpu.foreign === true).length;
  return `has not ${asked}: of ${gpus.length}, ${leased} ${leased === 1 ? "is" : "are"} leased${foreign === 0 ? "" : `, ${foreign} used by others`}`;
}
