import { sessionRm } from "@fleetwire/shared/bus";
import * as z from "zod/mini";
import { targets } from "../fields.ts";
import { FAILED, forEachTarget } from "../for-each-target.ts";
import { defineTool } from "../tool.ts";

export default defineTool({
  title: "Remove ended sessions",
  description: "Forgets sessions that have ended, with their output and screens, for good: read what you need before. One that runs is refused; 'kill' ends it.",
  input: z.strictObject({ targets }),
  output: z.object({ removed: z.array(z.string()), failed: FAILED }),
  changes: "anything",
  repeatable: true,
  async run({ targets: texts }, { fleet, signal }) {
    const { done: removed, failed } = await forEachTarget(texts, async (text) => {
      const { place, ref, session } = await fleet.session(text, { signal });
      await fleet.call(sessionRm, { sessions: [ref] }, place, { signal });
      return session.target;
    });
    return { data: { removed, failed }, text: [...removed.map((target) => `removed ${target}`), ...failed.map(({ target, error }) => `${target}: ${error.code}: ${error.message}`)].join("\n") };
  },
});
