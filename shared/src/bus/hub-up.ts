import * as z from "zod/mini";
import { defineContract } from "./contract.ts";
import { hubStatus } from "./hub-status.ts";

export const hubUp = defineContract({
  verb: "hub-up",
  purpose: "start the hub's nats-server, registry and Caddy, and keep them running",
  reach: "socket",
  roles: [],
  change: true,
  timeoutMs: 60_000,
  input: z.object({}),
  output: hubStatus.output,
});
