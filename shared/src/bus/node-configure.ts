import * as z from "zod/mini";
import { Labels } from "../domain/index.ts";
import { FleetName, NodeName, PoolName } from "../ids/index.ts";
import { agentStatus } from "./agent-status.ts";
import { defineContract } from "./contract.ts";

export const nodeConfigure = defineContract({
  verb: "node-configure",
  purpose: "what 'fleet up' was told; kept for the agent's next start, and applied at once",
  reach: "socket",
  roles: [],
  change: true,
  timeoutMs: 30_000,
  input: z.object({
    name: z.optional(NodeName),
    labels: z.optional(Labels),
    /** A NATS that somebody runs: its URLs and, if it has credentials, a file. Null: leave the fleet. */
    nats: z.optional(z.nullable(z.object({ urls: z.array(z.string()).check(z.minLength(1)), creds: z.optional(z.string()), fleet: z.optional(FleetName), pool: z.optional(PoolName) }))),
    /** Accept callers that prove no role. Only for a plain NATS that nobody else reaches. */
    open: z.optional(z.boolean()),
    /** `address:port` of the terminal listener. */
    listen: z.optional(z.string()),
    /** The address people reach this node's terminals by, when something else stands in front of it. */
    externalUrl: z.optional(z.string()),
  }),
  output: agentStatus.output,
});
