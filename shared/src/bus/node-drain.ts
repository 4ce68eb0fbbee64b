import * as z from "zod/mini";
import { NodeRecord } from "../domain/index.ts";
import { ADMINISTER, defineContract } from "./contract.ts";

export const nodeDrain = defineContract({
  verb: "node-drain",
  purpose: "stop (or start again) taking new sessions; running ones are not touched",
  roles: ADMINISTER,
  change: true,
  input: z.object({ draining: z.boolean() }),
  output: NodeRecord,
});
