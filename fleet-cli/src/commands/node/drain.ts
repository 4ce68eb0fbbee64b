import { nodeDrain } from "@fleetwire/shared/bus";
import { NodeName } from "@fleetwire/shared/ids";
import { defineCommand, NODE } from "../command.ts";
import { checked, toggle } from "../flags.ts";

export default defineCommand({
  args: [NODE],
  flags: { "undo": toggle("take sessions again") },
  examples: ["fleet node drain gpu-box", "fleet node drain gpu-box --undo"],
  notes: "Sessions that run there are not touched.",
  async run({ client, args: [name = ""], flags }) {
    const record = await client.call(nodeDrain, { draining: !flags.undo }, await client.node(checked(NodeName)(name, "NODE")));
    const { running } = record.sessions;
    return { json: record, text: record.draining ? `${record.name} takes no new sessions; ${running} still running` : `${record.name} takes sessions`, quiet: record.name };
  },
});
