import * as z from "zod/mini";
import { NodeRecord } from "../domain/index.ts";
import { defineContract, VIEW } from "./contract.ts";

export const nodeGet = defineContract({
  verb: "node-get",
  purpose: "the node's own record",
  roles: [...VIEW, "ci"],
  input: z.object({
    /** Its GPUs as of now; otherwise as of the last minute. */
    fresh: z.optional(z.boolean()),
  }),
  output: NodeRecord,
});
