// How a known agent is read from outside: by its title, its notifications and its screen. Data, so that an agent that changes its
// looks needs a file and no release; see docs/agents.md.
import * as z from "zod/mini";
import { ActivityState } from "../domain/index.ts";

const LONGEST_PATTERN = 300;

const Pattern = z.string().check(
  z.minLength(1),
  z.maxLength(LONGEST_PATTERN),
  z.refine((source) => isPattern(source), "not a regular expression"),
);
const Reason = z.optional(z.string().check(z.minLength(1), z.maxLength(80)));

/** All of `match` and none of `unless` stand in the last `lines` lines (12) that aren't blank. */
export const ScreenRule = z.strictObject({
  name: z.string().check(z.regex(/^[a-z0-9-]{1,40}$/, "a rule's name is 1–40 of a–z, 0–9 and hyphens")),
  match: z.array(Pattern).check(z.minLength(1), z.maxLength(8)),
  unless: z.optional(z.array(Pattern).check(z.maxLength(8))),
  lines: z.optional(z.int().check(z.gte(1), z.lte(60))),
  state: z.enum(["blocked", "working", "idle"]),
  reason: Reason,
});
export type ScreenRule = z.infer<typeof ScreenRule>;

/** A text of the program's own, a title, a notification or its last line, that says a state. */
export const TextRule = z.strictObject({ match: Pattern, state: ActivityState, reason: Reason });
export type TextRule = z.infer<typeof TextRule>;

/** One file. `program`: names of the foreground program or of what it interprets (`node …/claude` is `claude`); `*`: any but those in `except`. */
export const AgentRules = z.strictObject({
  agent: z.string(),
  program: z.array(z.string().check(z.minLength(1), z.maxLength(64))).check(z.minLength(1), z.maxLength(64)),
  except: z.optional(z.array(z.string().check(z.minLength(1), z.maxLength(64))).check(z.maxLength(64))),
  screen: z.optional(z.array(ScreenRule).check(z.maxLength(32))),
  title: z.optional(z.array(TextRule).check(z.maxLength(32))),
  notification: z.optional(z.array(TextRule).check(z.maxLength(32))),
  /** For the line that was printed last, while the program waits for a key. */
  prompt: z.optional(z.array(TextRule).check(z.maxLength(32))),
});
export type AgentRules = z.infer<typeof AgentRules>;

/** The way every pattern is read: by character, a line's ends and beginnings count. @throws SyntaxError */
export const patternOf = (source: string): RegExp => new RegExp(source, "mu");

function isPattern(source: string): boolean {
  try {
    patternOf(source);
    return true;
  } catch {
    return false;
  }
}
