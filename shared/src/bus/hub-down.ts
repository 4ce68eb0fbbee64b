import * as z from "zod/mini";
import { defineContract } from "./contract.ts";
import { hubStatus } from "./hub-status.ts";

export const hubDown = defineContract({
  verb: "hub-down",
  purpose: "stop the hub's programs; sessions everywhere go on",
  reach: "socket",
  roles: [],
  change: true,
  timeoutMs: 30_000,
  input: z.object({}),
  output: hubStatus.output,
});
