import * as z from "zod/mini";
import { target } from "../fields.ts";
import { fullOf, SessionFull, sessionLine } from "../records.ts";
import { defineTool } from "../tool.ts";

export default defineTool({
  title: "Status of a session",
  description: "Shows everything about one session: state, exit, what it is doing and how that is known, size, GPUs, and which offsets of its output can still be read. For what is on its terminal use 'screen'.",
  input: z.strictObject({ target }),
  output: z.object({
    session: SessionFull,
    log: z.object({ start: z.number(), end: z.number() }).check(z.describe("offsets of the output that is kept: [start, end), bytes")),
    idleSeconds: z.nullable(z.number().check(z.describe("since its last output; null before the first"))),
  }),
  changes: "nothing",
  repeatable: true,
  async run(input, { fleet, settings, signal }) {
    const { session, log, idleSeconds } = await fleet.session(input.target, { signal });
    const full = fullOf(session, settings.session);
    return { data: { session: full, log, idleSeconds }, text: `${sessionLine(full)}\n${log.end} bytes printed, kept from ${log.start} on${idleSeconds === null ? "" : `; the last ${Math.round(idleSeconds)} s ago`}` };
  },
});
