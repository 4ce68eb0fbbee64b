import * as z from "zod/mini";
import { SessionId, SessionName } from "../ids/index.ts";
import { defineContract, VIEW } from "./contract.ts";
import { Ref, SessionFilter } from "./session-ref.ts";

const Place = z.int().check(z.gte(0), z.lte(Number.MAX_SAFE_INTEGER));

/** What to look for, in each line by itself. */
export const SearchPattern = z.object({
  text: z.string().check(z.minLength(1), z.maxLength(1_000)),
  /** `regex`: a regular expression of JavaScript. */
  kind: z.enum(["fixed", "regex"]),
  ignoreCase: z.optional(z.boolean()),
});
export type SearchPattern = z.infer<typeof SearchPattern>;

/** Where a search goes on: in this session from `offset` on, with no match before `after`, and then in those with smaller ids. */
export const SearchCursor = z.object({ session: SessionId, offset: Place, after: Place });
export type SearchCursor = z.infer<typeof SearchCursor>;

export const SearchMatch = z.object({
  target: z.string(),
  session: SessionId,
  name: z.nullable(SessionName),
  /** Of the line's first byte in the session's output. */
  offset: z.number(),
  /** When it was printed, ISO 8601; null where that isn't known. */
  at: z.nullable(z.string()),
  /** Without escape sequences and control characters; a long one is the part around its first match. */
  line: z.string(),
  /** Matches in `line`, [from, to) in UTF-16 units; the first ones. */
  ranges: z.array(z.tuple([z.int(), z.int()])),
  cut: z.optional(z.literal(true)),
  /** Lines around it, where asked for. */
  before: z.optional(z.array(z.string())),
  after: z.optional(z.array(z.string())),
});
export type SearchMatch = z.infer<typeof SearchMatch>;

export const sessionSearch = defineContract({
  verb: "session-search",
  purpose: "lines of what sessions have printed that match a pattern, newest session first, a page at a time",
  roles: [...VIEW, "ci"],
  timeoutMs: 30_000,
  input: z.object({
    pattern: SearchPattern,
    /** Only these; default: all that fit the filter. */
    sessions: z.optional(z.array(Ref).check(z.maxLength(200))),
    filter: z.optional(SessionFilter),
    /** Only what was printed from then on, milliseconds since 1970. */
    sinceMs: z.optional(z.number()),
    /** Lines before and after each match. */
    context: z.optional(z.int().check(z.gte(0), z.lte(20))),
    /** Matches of a page, at most. */
    limit: z.optional(z.int().check(z.gte(1), z.lte(500))),
    /** `next` of the page before. */
    cursor: z.optional(SearchCursor),
  }),
  output: z.object({
    matches: z.array(SearchMatch),
    /** Null: everything was searched. A page may have no match and still go on: it ends after about two seconds. */
    next: z.nullable(SearchCursor),
    searched: z.object({ sessions: z.int(), bytes: z.number() }),
  }),
});
