// A change runs at most once, whatever is delivered twice, and whenever this agent dies.
import { createHash } from "node:crypto";
import { ErrorRecord, FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import * as z from "zod/mini";
import type { Operation, OperationsTable } from "../store/index.ts";

export interface Change {
  readonly id: string;
  readonly caller: string;
  readonly verb: string;
  readonly input: unknown;
}

export interface Operations {
  /**
   * Runs a new change; answers a known one as before, also while it still runs.
   * @param run told whether the agent died while it ran before, which is only asked of what is `resumable`
   * @throws FleetError `replayed` for a known id with another content; `outcome-unknown` when the agent died in between
   */
  once(change: Change, how: How, run: (resumed: boolean) => Promise<unknown>): Promise<unknown>;
}

export interface How {
  /** The answer may be kept on disk; one with a secret in it may not. */
  readonly keep: boolean;
  /** See the contract. */
  readonly resumable?: boolean;
}

const KEPT_MS = 24 * 3_600_000;
/** Who makes a resumable change remembers it for longer than this. */
const RESUMED_MS = 10 * 60_000;
const PRUNE_EVERY_MS = 60_000;

const Outcome = z.union([z.object({ error: ErrorRecord }), z.object({ result: z.optional(z.unknown()) })]);

export function createOperations(table: OperationsTable, now: () => number): Operations {
  const running = new Map<string, Promise<unknown>>();
  let pruned = Number.NEGATIVE_INFINITY;

  function begin({ id, caller, verb }: Change, digest: string): void {
    if (now() - pruned > PRUNE_EVERY_MS) {
      pruned = now();
      table.prune(now() - KEPT_MS);
    }
    table.begin({ id, caller, verb, digest, at: now() });
  }

  async function finish({ id }: Change, { keep, resumable = false }: How, run: () => Promise<unknown>): Promise<unknown> {
    try {
      const result = await run();
      table.finish(id, keep ? JSON.stringify({ result }) : null);
      return result;
    } catch (error) {
      const failure = FleetError.from(error);
      // Whoever asks again under this id may learn it.
      if (resumable && failure.code === "outcome-unknown") throw failure;
      table.finish(id, JSON.stringify({ error: failure.toRecord() }));
      throw failure;
    }
  }

  return {
    async once(change, { keep, resumable = false }, run) {
      const digest = createHash("sha256").update(JSON.stringify([change.verb, change.input])).digest("base64url");
      const known = table.get(change.id);
      if (known !== undefined) {
        if (known.caller !== change.caller || known.digest !== digest) throw new FleetError("replayed", "this operation id was used for another change");
        const underWay = running.get(change.id);
        const resumes = resumable && known.state === "started" && now() - known.at < RESUMED_MS;
        if (underWay !== undefined || !resumes) return underWay ?? answerAgain(known);
      } else begin(change, digest);
      const work = finish(change, { keep, resumable }, () => run(known !== undefined));
      running.set(change.id, work);
      try {
        return await work;
      } finally {
        running.delete(change.id);
      }
    },
  };
}

function answerAgain({ verb, state, outcome }: Operation): unknown {
  if (state === "started") throw new FleetError("outcome-unknown", `the node agent stopped while it ran this '${verb}'`);
  if (outcome === null) throw new FleetError("outcome-unknown", `this '${verb}' was done; its answer is not kept`);
  const read = parseOr(Outcome, parseJson(outcome, "a kept answer", "internal"), "a kept answer", "internal");
  if ("error" in read) throw FleetError.fromRecord(read.error);
  return read.result;
}
