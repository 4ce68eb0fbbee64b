import * as z from "zod/mini";
import { chars, target } from "../fields.ts";
import { readScreen } from "../read-screen.ts";
import { briefOf, SessionBrief } from "../records.ts";
import { defineTool } from "../tool.ts";
import { fenced, NOT_YOURS } from "../untrusted.ts";

export default defineTool({
  title: "Read a screen",
  description: "Reads what is on a session's terminal now, as text: what a person would see. The right way to look at full-screen programs (coding agents, editors), at a prompt or a question; for long plain output use 'output'. Also works after the session has ended.",
  input: z.strictObject({ target, scrollback: z._default(z.int().check(z.gte(0), z.lte(10_000), z.describe("also so many lines that have scrolled off the top")), 0), maxChars: chars }),
  output: z.object({
    session: SessionBrief,
    cols: z.number(),
    rows: z.number(),
    cursor: z.nullable(z.object({ x: z.number(), y: z.number() }).check(z.describe("column and row, from 0"))),
    offset: z.number().check(z.describe("offset of the output that the screen shows: give as `from` to 'watch' or 'wait' for what comes after")),
    text: z.string(),
    cutChars: z.number().check(z.describe("characters left out at the top because the answer would be too long")),
    untrusted: z.literal(NOT_YOURS),
  }),
  changes: "nothing",
  repeatable: true,
  async run({ target: text, scrollback, maxChars = Infinity }, { fleet, limits, settings, signal }) {
    const found = await fleet.session(text, { signal });
    const { header, text: whole } = await readScreen(fleet, found, { scrollback, signal });
    const cutChars = Math.max(0, whole.length - Math.min(maxChars, limits.maxChars));
    const shown = whole.slice(cutChars);
    const session = briefOf(found.session, settings.session);
    const { cols, rows, cursor, offset } = header;
    const title = `${session.target} ${session.state}, ${session.activity.state}; ${cols} × ${rows}, offset ${offset}${cutChars === 0 ? "" : `; ${cutChars} characters before this left out`}`;
    return { data: { session, cols, rows, cursor: cursor === undefined ? null : { x: cursor.x, y: cursor.y }, offset, text: shown, cutChars, untrusted: NOT_YOURS }, text: fenced(title, shown) };
  },
});
