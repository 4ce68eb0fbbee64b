import { nodeDrain } from "@fleetwire/shared/bus";
import { parseCondition } from "@fleetwire/shared/placement";
import { outcomeOf } from "../broadcast.ts";
import { defineCommand, NODE } from "../command.ts";
import { toggle, values } from "../flags.ts";
import { drainText } from "./drain-text.ts";
import { nodeAims } from "./node-aims.ts";

export default defineCommand({
  args: [{ ...NODE, many: true, unless: ["where", "all-nodes"] }],
  flags: { "where": values("CONDITION", "every node that is so: zone=eu, zone!=eu, ssd, cpus>=8, os=linux", parseCondition), "all-nodes": toggle("every node of the fleet") },
  examples: ["fleet node uncordon gpu-box", "fleet node uncordon --where zone=eu"],
  notes: "The drain's deadline and what it promised are over with it.",
  async run(invocation) {
    const { client, output } = invocation;
    const { aims, single } = await nodeAims(invocation);
    const set = await client.broadcast(aims, ({ place }) => client.call(nodeDrain, { draining: false }, place));
    const [first] = set;
    if (single && first?.error !== undefined) throw first.error;
    const record = single && first?.error === undefined ? first?.result : undefined;
    const all = outcomeOf(set.map((each) => (each.error === undefined ? { ...each, result: { said: drainText(each.result), record: { record: each.result } } } : each)), output);
    return record === undefined ? all : { ...all, json: record };
  },
});
