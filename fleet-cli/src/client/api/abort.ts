// Every wait can be ended.
import { setMaxListeners } from "node:events";
import { FleetError } from "@fleetwire/shared/errors";
import { linked as linkedTo } from "../linked.ts";

/** What waits takes it. */
export interface Waiting {
  /** Ends the wait: a promise rejects with a `FleetError` `cancelled`, an iteration ends. */
  readonly signal?: AbortSignal;
}

export const cancelled = (): FleetError => new FleetError("cancelled", "cancelled by its signal", { hint: "what was asked before may have happened" });

/** The work, or `cancelled` as soon as the signal fires; the work then goes on unheard, and ends by its own time-out. */
export function orCancelled<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work();
  if (signal.aborted) return Promise.reject(cancelled());
  shared(signal);
  return new Promise((resolve, reject) => {
    const abort = () => reject(cancelled());
    signal.addEventListener("abort", abort, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", abort));
  });
}

/** One signal may end hundreds of waits: that isn't the leak that Node would warn of. */
const shared = (signal: AbortSignal): void => setMaxListeners(0, signal);

/** A signal of one's own that also fires with the one given. */
export function linked(signal: AbortSignal | undefined): ReturnType<typeof linkedTo> {
  if (signal !== undefined) shared(signal);
  return linkedTo(signal);
}
