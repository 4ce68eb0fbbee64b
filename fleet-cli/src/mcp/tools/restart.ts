import { sessionRestart } from "@fleetwire/shared/bus";
import * as z from "zod/mini";
import { graceSeconds, target } from "../fields.ts";
import { checkCommand } from "../limits.ts";
import { fullOf, SessionFull, sessionLine } from "../records.ts";
import { defineTool } from "../tool.ts";

export default defineTool({
  title: "Restart a session",
  description: "Runs a session's command again under the same target, as it was launched; one that runs is ended first, with everything it started. Its output so far is kept.",
  input: z.strictObject({ target, graceSeconds }),
  output: z.object({ session: SessionFull }),
  changes: "anything",
  repeatable: false,
  async run({ target: text, graceSeconds: grace }, { fleet, limits, settings, signal }) {
    const { place, ref, session } = await fleet.session(text, { signal });
    checkCommand(limits, session.command);
    const restarted = fullOf(await fleet.call(sessionRestart, { session: ref, ...(grace === undefined ? {} : { graceMs: Math.round(grace * 1000) }) }, place, { signal }), settings.session);
    return { data: { session: restarted }, text: `restarted ${sessionLine(restarted)}` };
  },
});
