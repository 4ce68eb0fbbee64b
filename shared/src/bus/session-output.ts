import * as z from "zod/mini";
import { OutputGap, OutputStart, SessionRecord } from "../domain/index.ts";
import { defineContract, VIEW } from "./contract.ts";
import { Ref } from "./session-ref.ts";

export const sessionOutput = defineContract({
  verb: "session-output",
  purpose: "what a session has printed, from a place on and bounded; who asks again from `next` misses nothing and gets nothing twice",
  roles: [...VIEW, "ci"],
  timeoutMs: 40_000,
  input: z.object({
    session: Ref,
    /** Default: the beginning of what the log has. */
    start: z.optional(OutputStart),
    /** `plain` (default): text without escape sequences and control characters. `raw`: the bytes, base64. */
    format: z.optional(z.enum(["plain", "raw"])),
    /** Bytes of output, at most; of `plain` no more than 49152 are given. */
    maxBytes: z.optional(z.int().check(z.gte(1), z.lte(131_072))),
    /** Where there is nothing yet, wait for it so long, milliseconds. */
    waitMs: z.optional(z.int().check(z.gte(0), z.lte(25_000))),
  }),
  output: z.object({
    session: SessionRecord,
    /** Offset of the first byte given, and of the first after them: where to go on. */
    from: z.number(),
    next: z.number(),
    /** Of `plain`; a sequence or character that is not complete yet is left for the next page. */
    text: z.optional(z.string()),
    /** Of `raw`, base64. */
    data: z.optional(z.string()),
    /** What was asked for and is gone; said once, with the page that follows it. */
    gap: z.nullable(OutputGap),
    /** Offsets of the output that can be had: [start, end). */
    log: z.object({ start: z.number(), end: z.number() }),
    /** Nothing will come after `next`. */
    ended: z.boolean(),
  }),
});
