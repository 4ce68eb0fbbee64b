// The same with several sessions: one that fails doesn't hide what became of the others.
import { ErrorRecord, FleetError } from "@fleetwire/shared/errors";
import * as z from "zod/mini";

export const FAILED = z.array(z.object({ target: z.string(), error: ErrorRecord })).check(z.describe("those it could not be done with, and why"));

/** @throws FleetError of the first, when it worked with none; `internal` when one fails in a way that nobody expected */
export async function forEachTarget<T>(targets: readonly string[], work: (target: string) => Promise<T>): Promise<{ done: T[]; failed: { target: string; error: Required<ErrorRecord> }[] }> {
  const done: T[] = [];
  const failed: { target: string; error: FleetError }[] = [];
  const outcomes = await Promise.allSettled([...new Set(targets)].map(async (target) => ({ target, result: await work(target) })));
  for (const [at, outcome] of outcomes.entries()) {
    if (outcome.status === "fulfilled") done.push(outcome.value.result);
    else if (!(outcome.reason instanceof FleetError)) throw outcome.reason;
    else failed.push({ target: [...new Set(targets)][at] as string, error: outcome.reason });
  }
  const [first] = failed;
  if (done.length === 0 && first !== undefined) throw failed.length === 1 ? first.error : new FleetError(first.error.code, failed.map(({ target, error }) => `${target}: ${error.message}`).join("; "), { hint: first.error.hint });
  return { done, failed: failed.map(({ target, error }) => ({ target, error: error.toRecord() })) };
}
