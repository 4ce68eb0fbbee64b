import * as z from "zod/mini";
import { chars, offset, target } from "../fields.ts";
import { readOutput } from "../read-output.ts";
import { briefOf, SessionBrief } from "../records.ts";
import { defineTool } from "../tool.ts";
import { fenced, NOT_YOURS } from "../untrusted.ts";

export default defineTool({
  title: "Read output",
  description:
    "Reads what a session printed, as plain text, a bounded part at a time: without `from` the last lines, with `from` what comes after that offset. Go on with `from` = `next`. Also works after the session has ended. Full-screen programs redraw all the time: read those with 'screen'. For output that is still to come use 'watch'.",
  input: z.strictObject({
    target,
    from: z.optional(offset("read on from this offset (bytes since the session's start); 0 is the beginning")),
    lines: z._default(z.int().check(z.gte(1), z.lte(10_000), z.describe("without `from`: so many of the last lines")), 100),
    maxChars: chars,
  }),
  output: z.object({
    session: SessionBrief,
    from: z.number().check(z.describe("offset where the text begins")),
    next: z.number().check(z.describe("offset after the text: give as `from` for what follows, here or to 'watch' or 'wait'")),
    end: z.number().check(z.describe("offset of the end of the output when it was read")),
    more: z.boolean().check(z.describe("there is more to read now, from `next` on")),
    missing: z.array(z.object({ from: z.number(), to: z.number(), reason: z.string() })).check(z.describe("parts that are not kept any more")),
    text: z.string(),
    untrusted: z.literal(NOT_YOURS),
  }),
  changes: "nothing",
  repeatable: true,
  async run({ target: text, from, lines, maxChars = Infinity }, { fleet, limits, settings, signal }) {
    const found = await fleet.session(text, { signal });
    const { log } = found;
    const maxBytes = Math.min(maxChars, limits.maxChars);
    const isTail = from === undefined;
    const start = isTail ? Math.max(log.start, log.end - maxBytes) : Math.min(from, log.end);
    const part = await readOutput(fleet, found, { from: start, maxBytes, signal });
    const { text: shown, from: begin, next } = isTail ? part.readLast(lines, start === log.start) : { from: part.from, ...part.read() };
    const end = Math.max(log.end, next);
    const session = briefOf(found.session, settings.session);
    const missing = part.missing.map((gap) => ({ ...gap }));
    const title = `${session.target} ${session.state}: output from ${begin} to ${next} of ${end}${missing.length === 0 ? "" : `; ${missing.map((gap) => `[${gap.from}, ${gap.to}) ${gap.reason}`).join(", ")}`}${next < end ? `; more from ${next} on` : ""}`;
    return { data: { session, from: begin, next, end, more: next < end, missing, text: shown, untrusted: NOT_YOURS }, text: fenced(title, shown) };
  },
});
