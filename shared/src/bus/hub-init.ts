import * as z from "zod/mini";
import { FleetName } from "../ids/index.ts";
import { defineContract } from "./contract.ts";

export const hubInit = defineContract({
  verb: "hub-init",
  purpose: "make a hub on this machine: keys, accounts, certificates and configuration; starts nothing",
  reach: "socket",
  roles: [],
  change: true,
  timeoutMs: 30_000,
  input: z.object({
    fleet: z.optional(FleetName),
    /** The name other machines reach this one by. Without it the hub listens on loopback only. */
    host: z.optional(z.string().check(z.regex(/^[A-Za-z0-9.:-]{1,253}$/, "a host name or address"))),
    natsPort: z.optional(z.int().check(z.gte(1), z.lte(65_535))),
    gatewayPort: z.optional(z.int().check(z.gte(1), z.lte(65_535))),
  }),
  output: z.object({ fleet: z.string(), urls: z.array(z.string()), directory: z.string(), publicBind: z.boolean() }),
});
