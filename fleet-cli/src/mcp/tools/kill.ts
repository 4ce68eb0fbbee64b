import { sessionKill } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import * as z from "zod/mini";
import { graceSeconds, targets } from "../fields.ts";
import { FAILED, forEachTarget } from "../for-each-target.ts";
import { briefOf, SessionBrief, sessionLine } from "../records.ts";
import { defineTool } from "../tool.ts";

export default defineTool({
  title: "End sessions",
  description: "Ends sessions with everything they started: first a signal (TERM), after the grace KILL; answers when they are gone. Their output and last screen stay readable until 'remove'. To interrupt only what a program is doing press C-c with 'keys'.",
  input: z.strictObject({
    targets,
    signal: z.optional(z.string().check(z.regex(/^(SIG)?[A-Z0-9+]{2,10}$/), z.describe("the first signal; default TERM"))),
    graceSeconds,
  }),
  output: z.object({ ended: z.array(z.object({ session: SessionBrief, before: z.boolean().check(z.describe("it had ended before; nothing was sent to it")) })), failed: FAILED }),
  changes: "anything",
  repeatable: true,
  async run({ targets: texts, signal: first, graceSeconds: grace }, { fleet, settings, signal }) {
    const how = { ...(first === undefined ? {} : { signal: first }), ...(grace === undefined ? {} : { graceMs: Math.round(grace * 1000) }) };
    const { done: ended, failed } = await forEachTarget(texts, async (text) => {
      const { place, ref, session } = await fleet.session(text, { signal });
      const answer = await fleet.call(sessionKill, { sessions: [ref], ...how }, place, { signal });
      const [problem] = answer.failed;
      if (problem !== undefined) throw FleetError.fromRecord(problem);
      return { session: briefOf(answer.killed[0] ?? answer.alreadyEnded[0] ?? session, settings.session), before: answer.killed.length === 0 };
    });
    const lines = [...ended.map((one) => `${sessionLine(one.session)}${one.before ? " (had ended before)" : ""}`), ...failed.map(({ target, error }) => `${target}: ${error.code}: ${error.message}`)];
    return { data: { ended, failed }, text: lines.join("\n") };
  },
});
