import { meets, parseCondition } from "@fleetwire/shared/placement";
import * as z from "zod/mini";
import { nodesTable } from "../../ui/index.ts";
import { fitting, NodeBrief, nodeOf } from "../records.ts";
import { defineTool } from "../tool.ts";

export default defineTool({
  title: "List nodes",
  description: "Lists the machines of the fleet with their state, labels, CPUs, free memory and free GPUs, by name. Use it to choose where to launch; 'node' shows one in full. A node that is suspect or unreachable may still run its sessions.",
  input: z.strictObject({
    where: z.optional(z.array(z.string().check(z.maxLength(200))).check(z.maxLength(32), z.describe("only nodes that are all of this: zone=eu, zone!=eu, ssd, !ssd, cpus>=8, memory-free>=16G, gpus-free>=1, arch=x64, os=linux"))),
    after: z.optional(z.string().check(z.maxLength(40), z.describe("only names after this one: `next` of the answer before"))),
    limit: z._default(z.int().check(z.gte(1), z.lte(500), z.describe("nodes in one answer")), 100),
  }),
  output: z.object({ nodes: z.array(NodeBrief), total: z.number().check(z.describe("nodes that match, on all pages")), next: z.nullable(z.string().check(z.describe("give as `after` for more; null: that is all"))), notes: z.array(z.string()) }),
  changes: "nothing",
  repeatable: true,
  async run({ where = [], after = "", limit }, { fleet, limits }) {
    const conditions = where.map(parseCondition);
    const { nodes, notes } = await fleet.nodes();
    const matching = nodes.filter((node) => conditions.every((condition) => meets(node, condition))).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const rest = matching.filter(({ name }) => name > after);
    const shown = fitting(rest.slice(0, limit).map(nodeOf), limits.maxChars);
    const next = shown.length < rest.length ? (shown.at(-1)?.name ?? null) : null;
    return { data: { nodes: [...shown], total: matching.length, next, notes: [...notes] }, text: [nodesTable(rest.slice(0, shown.length)), ...notes].join("\n") };
  },
});
