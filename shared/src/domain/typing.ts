// What can be said about typing into a session: under which conditions, and how far it came.
import * as z from "zod/mini";
import { Activity } from "./session.ts";

/**
 * How far input got. `rejected`: nothing, or not all of it, was typed. `queued`: it waits in the PTY host, as the program doesn't read.
 * `written`: the terminal took all of it. `observed`: the program took it, and printed something or did something else after it.
 */
export const Receipt = z.enum(["rejected", "queued", "written", "observed"]);
export type Receipt = z.infer<typeof Receipt>;

/** Longest wait that one request asks for, milliseconds. */
export const LONGEST_TYPING_WAIT_MS = 20_000;
const Wait = z.int().check(z.gte(0), z.lte(LONGEST_TYPING_WAIT_MS));

/** When, and when not; all of the given conditions hold at the moment of writing. Times are milliseconds. */
export const TypingConditions = z.object({
  /** A program that starts is waited for at most so long after its start, then typed to all the same; 10 000 unless said. */
  readyMs: z.optional(Wait),
  /** Waits for no program to be ready, and types also where `when` finds it blocked on a question. */
  force: z.optional(z.boolean()),
  /** `idle`: only when it waits for a person's next input, see `Activity`; `blocked`: only when it is blocked, to answer that. */
  when: z.optional(z.enum(["idle", "blocked"])),
  /** How long this request waits for `when`; then nothing is typed. */
  waitMs: z.optional(Wait),
  /** Only when this regular expression (JavaScript's) matches the screen's text. */
  expect: z.optional(z.object({ pattern: z.string().check(z.minLength(1), z.maxLength(1_000)), flags: z.string().check(z.regex(/^[imsu]{0,4}$/)) })),
  /** Only when nothing was printed since this output offset. */
  at: z.optional(z.int().check(z.gte(0))),
  /** Waits so long for the program to react. */
  observeMs: z.optional(Wait),
  /** Before all that waits, which is thrown away: an interrupt. */
  urgent: z.optional(z.boolean()),
  /** One of several requests that belong together: nobody types between them, and each is typed once. */
  sequence: z.optional(z.object({ id: z.string().check(z.regex(/^[0-9A-Za-z_-]{8,64}$/)), at: z.int().check(z.gte(0)), last: z.boolean() })),
});
export type TypingConditions = z.infer<typeof TypingConditions>;

/** What became of it. */
export const Typed = z.object({
  receipt: Receipt,
  bytes: z.int(),
  /** Output offset when it was typed: what is printed from there on may be the answer. */
  offset: z.optional(z.number()),
  /** False: the program was not seen to be ready for it within the time, and was typed to all the same. */
  ready: z.optional(z.boolean()),
  /** What the program did instead, when nothing was typed. */
  activity: z.optional(Activity),
  /** The terminal took no more input: the program in front was sent this signal instead of the key. */
  signal: z.optional(z.string()),
});
export type Typed = z.infer<typeof Typed>;
