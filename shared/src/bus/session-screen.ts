import * as z from "zod/mini";
import { ScreenPage, SessionRecord } from "../domain/index.ts";
import { defineContract, VIEW } from "./contract.ts";
import { Ref } from "./session-ref.ts";

export const sessionScreen = defineContract({
  verb: "session-screen",
  purpose: "what a session shows on its screen, as lines and on request as cells, a page at a time",
  roles: [...VIEW, "ci"],
  timeoutMs: 20_000,
  input: z.object({
    session: Ref,
    /** Lines of scrollback above the screen. */
    scrollback: z.optional(z.int().check(z.gte(0), z.lte(100_000))),
    /** Lines that wrap are one line; not with cells. */
    join: z.optional(z.boolean()),
    cells: z.optional(z.boolean()),
    /** Number of the first line wanted: `next` of the page before. A page of another `offset` is of another moment. */
    from: z.optional(z.int().check(z.gte(0))),
  }),
  output: z.extend(ScreenPage, {
    session: SessionRecord,
    /** Everything printed before this offset is in the picture, and nothing else. */
    offset: z.number(),
  }),
});
