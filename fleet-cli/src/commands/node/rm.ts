import { NodeName } from "@fleetwire/shared/ids";
import { FleetError } from "@fleetwire/shared/errors";
import { outcomeOf } from "../broadcast.ts";
import { defineCommand, NODE } from "../command.ts";
import { checked, toggle } from "../flags.ts";

export default defineCommand({
  args: [{ ...NODE, many: true }],
  flags: { "force": toggle("also when it was heard a moment ago; it comes back with its next beat") },
  examples: ["fleet node rm old-box", "fleet node rm old-box older-box"],
  notes: "Forgets the node's row and its last known sessions. Nothing happens on the node itself; it is listed again when it is heard again.",
  async run({ client, args, flags, output }) {
    const names = [...new Set(args)].map((given) => checked(NodeName)(given, "NODE"));
    const came = await client.broadcast(names.map((name) => ({ target: name as string, node: name as string, name })), async ({ name }) => {
      if (!(await client.forget(name, flags.force))) throw new FleetError("unknown-node", `there is no node '${name}' in this fleet`);
      return { said: "is forgotten", record: { name, forgotten: true } };
    });
    const [first] = came;
    if (names.length > 1) return outcomeOf(came, output);
    if (first?.error !== undefined) throw first.error;
    return { ...outcomeOf(came, output), json: first?.result.record };
  },
});
