import { sessionRestart } from "@fleetwire/shared/bus";
import { defineCommand, TARGET } from "./command.ts";
import { grace, value } from "./flags.ts";

export default defineCommand({
  args: [TARGET],
  flags: { "grace": value("S", "time to end by itself when it runs; default 5", grace) },
  examples: ["fleet restart api"],
  notes: "The session keeps its id, name, tags and directory. A running one is ended first.",
  async run({ client, args: [target = ""], flags }) {
    const { place, session } = await client.resolve(target);
    const record = await client.call(sessionRestart, { session, graceMs: flags.grace }, place);
    return { json: record, text: `${record.target} ${record.state}`, quiet: record.target };
  },
});
