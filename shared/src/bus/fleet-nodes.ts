import * as z from "zod/mini";
import { NodeRecord } from "../domain/index.ts";
import { NodeName } from "../ids/index.ts";
import { defineContract, VIEW } from "./contract.ts";
import { PAGE_INPUT, PAGE_OUTPUT } from "./pages.ts";

export const fleetNodes = defineContract({
  verb: "nodes",
  purpose: "the fleet's nodes, by name, a page at a time; one name for a look-up",
  reach: "registry",
  roles: [...VIEW, "ci", "node"],
  input: z.object({ name: z.optional(NodeName), ...PAGE_INPUT, limit: z.optional(z.int().check(z.gte(1), z.lte(1000))) }),
  output: z.object({ nodes: z.array(NodeRecord), more: z.boolean(), ...PAGE_OUTPUT, total: z.int() }),
});
