import * as z from "zod/mini";
import { PartStatus } from "./agent-status.ts";
import { defineContract } from "./contract.ts";

export const hubStatus = defineContract({
  verb: "hub-status",
  purpose: "the hub of this machine: what runs, where it listens",
  reach: "socket",
  roles: [],
  input: z.object({}),
  output: z.object({
    fleet: z.string(),
    urls: z.array(z.string()),
    gatewayUrl: z.nullable(z.string()),
    publicBind: z.boolean(),
    parts: z.array(PartStatus),
    natsVersion: z.optional(z.string()),
  }),
});
