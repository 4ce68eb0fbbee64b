import { sessionRestart } from "@fleetwire/shared/bus";
import { SESSION_STATES } from "@fleetwire/shared/domain";
import { overSelection } from "./broadcast.ts";
import { defineCommand, TARGET } from "./command.ts";
import { grace, value } from "./flags.ts";
import { SELECTION, SELECTION_NOTES, SELECTS } from "./selection.ts";

export default defineCommand({
  args: [{ ...TARGET, unless: SELECTS }],
  flags: { ...SELECTION, "grace": value("S", "time to end by itself when it runs; default 5", grace) },
  examples: ["fleet restart api", "fleet restart --tag team=red --state failed --all-nodes"],
  notes: `The session keeps its id, name, tags and directory. A running one is ended first. More than one by selection is asked about at a terminal.\n${SELECTION_NOTES}`,
  async run(invocation) {
    const { client, args, flags } = invocation;
    const selected = await overSelection(invocation, {
      verb: "restart",
      named: args,
      states: SESSION_STATES,
      asks: true,
      async work({ session, place }) {
        const record = await client.call(sessionRestart, { session: { id: session.id }, graceMs: flags.grace }, place);
        return { said: record.state, record: { session: record } };
      },
    });
    if (selected !== undefined) return selected;
    const { place, session } = await client.resolve(args[0] ?? "");
    const record = await client.call(sessionRestart, { session, graceMs: flags.grace }, place);
    return { json: record, text: `${record.target} ${record.state}`, quiet: record.target };
  },
});
