import * as z from "zod/mini";
import { SessionRecord } from "../domain/index.ts";
import { defineContract, OPERATE } from "./contract.ts";
import { Ref, SessionFilter } from "./session-ref.ts";

export const sessionKill = defineContract({
  verb: "session-kill",
  purpose: "end sessions: the whole process tree, TERM, grace, KILL, confirmed",
  roles: [...OPERATE, "ci"],
  change: true,
  timeoutMs: 90_000,
  input: z.object({
    /** Either sessions, or a filter over the running ones. */
    sessions: z.optional(z.array(Ref).check(z.maxLength(1000))),
    filter: z.optional(SessionFilter),
    signal: z.optional(z.string().check(z.regex(/^(SIG)?[A-Z0-9+]{2,10}$/))),
    /** Milliseconds between the signal and KILL. */
    graceMs: z.optional(z.int().check(z.gte(0), z.lte(60_000))),
  }),
  output: z.object({
    killed: z.array(SessionRecord),
    /** Sessions that had ended before; nothing was sent to them. */
    alreadyEnded: z.array(SessionRecord),
    /** Sessions that were there but could not be ended, with the reason. */
    failed: z.array(z.object({ target: z.string(), code: z.string(), message: z.string() })),
  }),
});
