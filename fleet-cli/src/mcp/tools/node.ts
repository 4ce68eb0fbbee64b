import { nodeGet } from "@fleetwire/shared/bus";
import { parseOr } from "@fleetwire/shared/errors";
import { NodeName } from "@fleetwire/shared/ids";
import * as z from "zod/mini";
import { nodesTable } from "../../ui/index.ts";
import { nodeName } from "../fields.ts";
import { NodeBrief, nodeOf } from "../records.ts";
import { defineTool } from "../tool.ts";

export default defineTool({
  title: "Describe a node",
  description: "Shows one machine of the fleet as of now, asked of itself: beside what 'nodes' lists each of its GPUs with the session that has it, and why it takes no sessions if it is draining.",
  input: z.strictObject({ node: nodeName }),
  output: z.object({
    node: z.extend(NodeBrief, {
      hostname: z.string(),
      startedAt: z.string(),
      runtimes: z.array(z.string()),
      gpuList: z.array(z.object({ name: z.string(), memoryBytes: z.number(), free: z.boolean(), index: z.optional(z.number()), uuid: z.optional(z.string()), utilisation: z.optional(z.number()), session: z.optional(z.number().check(z.describe("id of the session that has it"))) })),
      drain: z.optional(z.object({ since: z.string(), deadline: z.optional(z.string()), message: z.optional(z.string()) })),
    }),
  }),
  changes: "nothing",
  repeatable: true,
  async run({ node: name }, { fleet, signal }) {
    const record = await fleet.call(nodeGet, { fresh: true }, await fleet.node(parseOr(NodeName, name, "node", "unknown-node")), { signal });
    const { hostname, startedAt, runtimes, resources, drain } = record;
    const gpuList = resources.gpus.map(({ name: model, memoryBytes, free, index, uuid, utilisation, session }) => defined({ name: model, memoryBytes, free, index, uuid, utilisation, session }));
    const described = { ...nodeOf(record), hostname, startedAt, runtimes, gpuList, ...(drain === undefined ? {} : { drain: defined({ since: drain.since, deadline: drain.deadline, message: drain.message }) }) };
    return { data: { node: described }, text: nodesTable([record]) };
  },
});

function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
