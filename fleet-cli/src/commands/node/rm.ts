import { NodeName } from "@fleetwire/shared/ids";
import { FleetError } from "@fleetwire/shared/errors";
import { defineCommand, NODE } from "../command.ts";
import { checked, toggle } from "../flags.ts";

export default defineCommand({
  args: [NODE],
  flags: { "force": toggle("also when it was heard a moment ago; it comes back with its next beat") },
  examples: ["fleet node rm old-box"],
  notes: "Forgets the node's row and its last known sessions. Nothing happens on the node itself.",
  async run({ client, args: [given = ""], flags }) {
    const name = checked(NodeName)(given, "NODE");
    const forgotten = await client.forget(name, flags.force);
    if (!forgotten) throw new FleetError("unknown-node", `there is no node '${name}' in this fleet`);
    return { json: { name, forgotten }, text: `${name} is forgotten`, quiet: name };
  },
});
