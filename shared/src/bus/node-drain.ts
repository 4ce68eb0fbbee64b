import * as z from "zod/mini";
import { NodeRecord } from "../domain/index.ts";
import { ADMINISTER, defineContract } from "./contract.ts";

/** A drain may be waited for this long: a week. Milliseconds. */
const LONGEST_DRAIN_MS = 7 * 86_400_000;

export const nodeDrain = defineContract({
  verb: "node-drain",
  purpose: "stop (or start again) taking new sessions; running ones are not touched, unless --kill-after was said and the deadline is over",
  roles: ADMINISTER,
  change: true,
  input: z.object({
    draining: z.boolean(),
    /** Milliseconds from now, by the node's clock, in which what runs is expected to end. */
    deadlineMs: z.optional(z.int().check(z.gte(0), z.lte(LONGEST_DRAIN_MS))),
    /** For whoever looks at the node or hears the event: why, and what to do. */
    message: z.optional(z.string().check(z.minLength(1), z.maxLength(500))),
    /** At the deadline the node itself ends what still runs: TERM, grace, KILL. Needs a deadline. */
    killAfter: z.optional(z.boolean()),
    /** Milliseconds between TERM and KILL then; default 5 s. */
    graceMs: z.optional(z.int().check(z.gte(0), z.lte(60_000))),
  }),
  output: NodeRecord,
});
