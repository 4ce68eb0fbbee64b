import { nodeLabel } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { NodeName, printable } from "@fleetwire/shared/ids";
import { defineCommand, NODE } from "../command.ts";
import { checked } from "../flags.ts";

export default defineCommand({
  args: [NODE, { name: "K=V | K-", help: "a label to set, or with '-' at the end to remove", required: true, many: true }],
  flags: {},
  examples: ["fleet node label gpu-box gpu=a100 zone=eu", "fleet node label gpu-box zone-"],
  async run({ client, args: [name = "", ...changes] }) {
    const set: Record<string, string> = {};
    const remove: string[] = [];
    for (const change of changes) {
      const at = change.indexOf("=");
      if (at > 0) set[change.slice(0, at)] = change.slice(at + 1);
      else if (at < 0 && change.endsWith("-") && change.length > 1) remove.push(change.slice(0, -1));
      else throw new FleetError("usage", `'${printable(change)}' is neither KEY=VALUE nor KEY-`);
    }
    const record = await client.call(nodeLabel, { set, remove }, await client.node(checked(NodeName)(name, "NODE")));
    const labels = Object.entries(record.labels).map(([key, value]) => `${key}=${value}`).join(" ");
    return { json: record, text: `${record.name} ${labels === "" ? "has no labels" : labels}`, quiet: record.name };
  },
});
