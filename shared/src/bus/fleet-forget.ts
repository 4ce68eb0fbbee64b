import * as z from "zod/mini";
import { NodeName } from "../ids/index.ts";
import { ADMINISTER, defineContract } from "./contract.ts";

export const fleetForget = defineContract({
  verb: "forget",
  purpose: "remove the row of a node that is gone for good, with its last known sessions",
  reach: "registry",
  roles: ADMINISTER,
  change: true,
  input: z.object({ name: NodeName, force: z.optional(z.boolean()) }),
  output: z.object({ forgotten: z.boolean() }),
});
