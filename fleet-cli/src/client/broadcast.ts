// One thing done to many: bounded side by side, and what came of each. No failure stands in the way of the others.
import { FleetError } from "@fleetwire/shared/errors";
import { inParallel } from "./in-parallel.ts";

/** Requests under way at the same time: enough for a big fleet, few enough for its hub and for this process. */
const AT_ONCE = 32;

/** What something was done to: a node, or a session of it. */
export interface Aim {
  /** `beta:3`, or a node's name. */
  readonly target: string;
  readonly node: string;
}

export type Outcome<T> = Aim & ({ readonly result: T; readonly error?: undefined } | { readonly error: FleetError });

/** @returns an outcome for each, in their order. @throws only what is no FleetError: a bug, or an interruption */
export function broadcast<A extends Aim, T>(aims: readonly A[], work: (aim: A) => Promise<T>): Promise<Outcome<T>[]> {
  return inParallel(aims, AT_ONCE, async (aim) => {
    const { target, node } = aim;
    try {
      return { target, node, result: await work(aim) };
    } catch (error) {
      if (!(error instanceof FleetError) || error.code === "cancelled") throw error;
      return { target, node, error };
    }
  });
}
