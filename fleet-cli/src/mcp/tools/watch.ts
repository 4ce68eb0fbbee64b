import * as z from "zod/mini";
import { chars, offset, pattern, seconds, target } from "../fields.ts";
import { watchOutput } from "../read-output.ts";
import { briefOf, SessionBrief } from "../records.ts";
import { telling } from "../telling.ts";
import { defineTool } from "../tool.ts";
import { fenced, NOT_YOURS } from "../untrusted.ts";

export default defineTool({
  title: "Watch output",
  description:
    "Collects what a session prints from now on (or from an offset) until a line matches, it has been quiet for a while, it has ended, the answer is full or the time is over; `stopped` says which. Go on with `from` = `next`. To be told only that something has happened, without the text, use 'wait'.",
  input: z.strictObject({
    target,
    from: z.optional(offset("begin at this offset; default: what comes from now on. `offset` of 'send' and 'screen', `next` of 'output' and 'watch'")),
    pattern: z.optional(pattern),
    quietSeconds: z.optional(z.number().check(z.gte(0.1), z.lte(600), z.describe("stop when nothing was printed for so long"))),
    timeoutSeconds: seconds(30, 600, "stop after so long; keep it below your client's own limit for a call"),
    maxChars: chars,
  }),
  output: z.object({
    session: SessionBrief,
    stopped: z.enum(["ended", "limit", "quiet", "pattern", "timeout"]).check(z.describe("ended: the session has, and all of its output was read; limit: the answer is full")),
    line: z.nullable(z.string().check(z.describe("the line that matched"))),
    from: z.number(),
    next: z.number().check(z.describe("give as `from` for what follows")),
    missing: z.array(z.object({ from: z.number(), to: z.number(), reason: z.string() })).check(z.describe("parts that were skipped or are not kept")),
    text: z.string(),
    untrusted: z.literal(NOT_YOURS),
  }),
  changes: "nothing",
  repeatable: true,
  async run({ target: text, from, pattern: source, quietSeconds, timeoutSeconds, maxChars = Infinity }, { fleet, limits, settings, signal, progress }) {
    const found = await fleet.session(text, { signal });
    const start = Math.min(from ?? found.log.end, found.log.end);
    const until = { timeoutMs: timeoutSeconds * 1000, ...(quietSeconds === undefined ? {} : { quietMs: quietSeconds * 1000 }), ...(source === undefined ? {} : { pattern: source }) };
    const watching = () => watchOutput(fleet, found, { from: start, maxBytes: Math.min(maxChars, limits.maxChars), signal }, until);
    const { part, stopped, line = null } = await telling(progress, timeoutSeconds, `watching ${found.session.target}`, watching);
    const { text: shown, next } = part.read();
    const now = stopped === "ended" ? (await fleet.session(found.session.target, { signal })).session : found.session;
    const session = briefOf(now, settings.session);
    const missing = part.missing.map((gap) => ({ ...gap }));
    return { data: { session, stopped, line: line?.slice(0, LINE) ?? null, from: part.from, next, missing, text: shown, untrusted: NOT_YOURS }, text: fenced(`${session.target}: stopped by ${stopped}; output from ${part.from} to ${next}`, shown) };
  },
});

const LINE = 2_000;
