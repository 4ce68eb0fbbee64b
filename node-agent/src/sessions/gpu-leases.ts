// The leases of this node's GPUs. What a session's row says it holds is what it holds while it runs (see gpus/leases.ts); choosing and
// writing happen in one breath, so nobody comes in between.
import { hasEnded, type GpuWish, type LeasedGpu } from "@fleetwire/shared/domain";
import type { SessionId } from "@fleetwire/shared/ids";
import { gpusOf, takeGpus } from "../gpus/index.ts";
import type { SessionGpus, SessionRow } from "../store/index.ts";
import type { Core } from "./core.ts";

/** Who holds what, and what others use, is known as of now. */
export async function gpusKnown(core: Core): Promise<void> {
  await core.rebuilding;
  await core.gpus.fresh();
}

/**
 * Asked for after `gpusKnown`, written into the session's row by the caller at once.
 * @param id of a session that begins again: what was kept for it, or what it had, comes first
 * @throws FleetError `no-free-gpu`
 */
export function leaseGpus(core: Core, wish: GpuWish, again?: { readonly id: SessionId; readonly had: readonly LeasedGpu[] }): SessionGpus {
  const kept = [...core.keptGpus].filter(([id]) => id !== again?.id).map(([session, held]) => ({ session, held }));
  const gpus = gpusOf(core.gpus.current(), [...core.store.sessions.holders(), ...kept]);
  return { wish, held: takeGpus(gpus, wish, again?.had ?? [], core.node.name()) };
}

/** While it is ended to begin again, its GPUs are not given to anybody else. What has ended before holds none. */
export function keepGpus(core: Core, { id, gpus, state }: SessionRow): Disposable {
  if (gpus !== null && !hasEnded(state)) core.keptGpus.set(id, gpus.held);
  return { [Symbol.dispose]: () => void core.keptGpus.delete(id) };
}
