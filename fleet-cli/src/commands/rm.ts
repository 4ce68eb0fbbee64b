import { sessionRm } from "@fleetwire/shared/bus";
import { byPlace } from "./by-place.ts";
import { defineCommand, TARGETS } from "./command.ts";

export default defineCommand({
  args: [TARGETS],
  flags: {},
  examples: ["fleet rm build", "fleet rm gpu-box:3 gpu-box:4"],
  notes: "Only sessions that have ended; 'fleet kill' ends one.",
  async run({ client, args }) {
    const answers = await Promise.all((await byPlace(client, args)).map(({ place, sessions }) => client.call(sessionRm, { sessions }, place)));
    const removed = answers.flatMap((answer) => answer.removed);
    return { json: { removed }, text: removed.map((target) => `removed ${target}`).join("\n"), quiet: removed.join("\n") };
  },
});
