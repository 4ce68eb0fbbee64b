import { nodeLabel } from "@fleetwire/shared/bus";
import { FleetError, parseOr } from "@fleetwire/shared/errors";
import { NodeName } from "@fleetwire/shared/ids";
import * as z from "zod/mini";
import { nodeName } from "../fields.ts";
import { NodeBrief, nodeOf } from "../records.ts";
import { defineTool } from "../tool.ts";

const key = z.string().check(z.regex(/^[a-z0-9][a-z0-9._/-]{0,62}$/));

export default defineTool({
  title: "Label a node",
  description: "Sets and removes labels of a node. Labels are what `where` of 'launch' and 'nodes' selects by.",
  input: z.strictObject({
    node: nodeName,
    set: z._default(z.record(key, z.string().check(z.regex(/^[A-Za-z0-9._:/@+-]{0,128}$/))), {}),
    remove: z._default(z.array(key).check(z.maxLength(64)), []),
  }),
  output: z.object({ node: NodeBrief }),
  changes: "settings",
  repeatable: true,
  async run({ node: name, set, remove }, { fleet, signal }) {
    if (Object.keys(set).length + remove.length === 0) throw new FleetError("bad-input", "nothing to change: give `set` or `remove`");
    const node = nodeOf(await fleet.call(nodeLabel, { set, remove }, await fleet.node(parseOr(NodeName, name, "node", "unknown-node")), { signal }));
    return { data: { node }, text: `${node.name}: ${Object.entries(node.labels).map(([label, value]) => `${label}=${value}`).join(" ") || "no labels"}` };
  },
});
