import * as z from "zod/mini";
import { PoolName } from "../ids/index.ts";
import { defineContract } from "./contract.ts";

export const hubToken = defineContract({
  verb: "hub-token",
  purpose: "print a join token: works once, for an hour unless said",
  reach: "socket",
  roles: [],
  change: true,
  input: z.object({
    role: z.enum(["node", "viewer", "operator", "admin", "ci"]),
    /** The node's name, or the person's. */
    name: z.optional(z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$/))),
    pool: z.optional(PoolName),
    expiresInS: z.optional(z.int().check(z.gte(10), z.lte(31 * 86_400))),
    /** How long the credential is good that it is exchanged for; default 30 days, for ci one. */
    credentialExpiresInS: z.optional(z.int().check(z.gte(60), z.lte(10 * 366 * 86_400))),
  }),
  output: z.object({ token: z.string(), id: z.string(), role: z.string(), name: z.nullable(z.string()), expiresAt: z.string() }),
});
