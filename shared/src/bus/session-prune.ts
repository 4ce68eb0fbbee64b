import * as z from "zod/mini";
import { SessionName } from "../ids/index.ts";
import { defineContract, OPERATE } from "./contract.ts";

export const sessionPrune = defineContract({
  verb: "session-prune",
  purpose: "remove ended sessions with their logs, by age, size or number; all that ended when none is given",
  roles: OPERATE,
  change: true,
  timeoutMs: 60_000,
  input: z.object({
    /** Milliseconds since their end. */
    olderThanMs: z.optional(z.number().check(z.gte(0))),
    /** Until the logs of those that are left take no more than this. */
    keepBytes: z.optional(z.number().check(z.gte(0))),
    keepCount: z.optional(z.int().check(z.gte(0))),
    /** Only say what would be removed. */
    dryRun: z._default(z.boolean(), false),
  }),
  output: z.object({
    removed: z.array(z.object({ target: z.string(), name: z.nullable(SessionName), endedAt: z.string(), bytes: z.number() })),
    /** Could not be removed, and why. */
    failed: z.array(z.object({ target: z.string(), code: z.string(), message: z.string() })),
  }),
});
