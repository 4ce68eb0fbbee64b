import * as z from "zod/mini";
import { SessionRecord } from "../domain/index.ts";
import { defineContract, VIEW } from "./contract.ts";
import { Ref } from "./session-ref.ts";

export const sessionGet = defineContract({
  verb: "session-get",
  purpose: "one session's record, with what its output log holds",
  roles: [...VIEW, "ci"],
  input: z.object({ session: Ref }),
  output: z.object({
    session: SessionRecord,
    /** Offsets of the output that is still in the log: [start, end). */
    log: z.object({ start: z.number(), end: z.number() }),
    /** Seconds since the last output, null before the first. */
    idleSeconds: z.nullable(z.number()),
  }),
});
