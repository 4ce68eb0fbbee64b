import { sessionRm } from "@fleetwire/shared/bus";
import { ENDED_STATES } from "@fleetwire/shared/domain";
import { byPlace } from "../client/index.ts";
import { overSelection } from "./broadcast.ts";
import { defineCommand, TARGETS } from "./command.ts";
import { SELECTION, SELECTION_NOTES, SELECTS } from "./selection.ts";

export default defineCommand({
  args: [{ ...TARGETS, unless: SELECTS }],
  flags: SELECTION,
  examples: ["fleet rm build", "fleet rm gpu-box:3 gpu-box:4", "fleet rm --state failed --all-nodes"],
  notes: `Only sessions that have ended; 'fleet kill' ends one. More than one by selection is asked about at a terminal.\n${SELECTION_NOTES}`,
  async run(invocation) {
    const { client, args } = invocation;
    const selected = await overSelection(invocation, {
      verb: "remove",
      named: args,
      states: ENDED_STATES,
      asks: true,
      async work({ session, place }) {
        await client.call(sessionRm, { sessions: [{ id: session.id }] }, place);
        return { said: "removed" };
      },
    });
    if (selected !== undefined) return selected;
    const answers = await Promise.all((await byPlace(client, args)).map(({ place, sessions }) => client.call(sessionRm, { sessions }, place)));
    const removed = answers.flatMap((answer) => answer.removed);
    return { json: { removed }, text: removed.map((target) => `removed ${target}`).join("\n"), quiet: removed.join("\n") };
  },
});
