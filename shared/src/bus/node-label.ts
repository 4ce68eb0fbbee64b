import * as z from "zod/mini";
import { Labels, NodeRecord } from "../domain/index.ts";
import { defineContract, OPERATE } from "./contract.ts";

export const nodeLabel = defineContract({
  verb: "node-label",
  purpose: "set and remove labels of a node",
  roles: OPERATE,
  change: true,
  input: z.object({ set: Labels, remove: z.array(z.string()) }),
  output: NodeRecord,
});
