import * as z from "zod/mini";
import { SessionRecord } from "../domain/index.ts";
import { defineContract, VIEW } from "./contract.ts";
import { Ref } from "./session-ref.ts";

export const sessionWait = defineContract({
  verb: "session-wait",
  purpose: "answer when a session has ended, or does what is waited for; a long wait is asked in slices",
  roles: [...VIEW, "ci"],
  timeoutMs: 35_000,
  input: z.object({
    session: Ref,
    /** `idle` is met by `done` as well: it has nothing to do. */
    until: z.enum(["exit", "idle", "blocked", "done", "working"]),
    /** Longest wait of this slice, milliseconds. */
    waitMs: z.int().check(z.gte(0), z.lte(25_000)),
  }),
  output: z.object({ met: z.boolean(), session: SessionRecord }),
});
