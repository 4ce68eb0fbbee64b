import * as z from "zod/mini";
import { SessionRecord } from "../domain/index.ts";
import { defineContract, VIEW } from "./contract.ts";
import { SessionFilter } from "./session-ref.ts";

export const sessionList = defineContract({
  verb: "session-list",
  purpose: "the node's sessions, oldest first, a page at a time",
  roles: [...VIEW, "ci"],
  input: z.object({
    filter: z.optional(SessionFilter),
    /** Only sessions with a greater id: the last id of the page before. */
    after: z.optional(z.int()),
    limit: z.optional(z.int().check(z.gte(1), z.lte(500))),
  }),
  output: z.object({
    sessions: z.array(SessionRecord),
    more: z.boolean(),
    /** Revision of the node's tables when this was read; grows with every change. */
    rev: z.int(),
  }),
});
