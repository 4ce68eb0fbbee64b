import * as z from "zod/mini";
import { Activity, ActivityState } from "../domain/index.ts";
import { defineContract, OPERATE } from "./contract.ts";
import { Ref } from "./session-ref.ts";

/**
 * Not a change that carries an operation id: a report that comes twice says the same, and one that comes late is known by its
 * sequence. A tool of an agent reports several times a second, and nothing is done to the session by it.
 */
export const sessionReport = defineContract({
  verb: "session-report",
  purpose: "say what the agent in a session does; from inside a session, of that session only",
  roles: OPERATE,
  timeoutMs: 5_000,
  input: z.object({
    /** Left out on a session's own socket. */
    session: z.optional(Ref),
    state: ActivityState,
    /** permission, question, login, error, input, or a text. */
    reason: z.optional(z.string().check(z.minLength(1), z.maxLength(80))),
    message: z.optional(z.string().check(z.maxLength(500))),
    /** Microseconds since 1970 when it was so; absent: now. Only a report later than the last one is taken. */
    seq: z.optional(z.number().check(z.gte(0))),
    /** Doesn't end a block, nor, when it says idle, what is done and not seen yet. */
    soft: z.optional(z.boolean()),
    /** Of the life of the session that it is about; for another one it isn't taken. */
    epoch: z.optional(z.string()),
  }),
  output: z.object({ target: z.string(), taken: z.boolean(), activity: Activity }),
});
