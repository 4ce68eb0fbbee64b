import * as z from "zod/mini";
import { defineContract, Role } from "./contract.ts";

export const directToken = defineContract({
  verb: "direct-token",
  purpose: "make, list or revoke bearer tokens for 'fleet --server', which reaches this node without NATS",
  reach: "socket",
  roles: [],
  change: true,
  input: z.union([
    z.object({ action: z.literal("create"), name: z.string().check(z.regex(/^[A-Za-z0-9_.-]{1,40}$/)), role: Role, expiresInS: z.optional(z.int().check(z.positive())) }),
    z.object({ action: z.literal("list") }),
    z.object({ action: z.literal("revoke"), name: z.string() }),
  ]),
  output: z.object({
    /** Shown once, on creation; the node keeps a hash. */
    token: z.optional(z.string()),
    tokens: z.array(z.object({ name: z.string(), role: Role, createdAt: z.string(), expiresAt: z.nullable(z.string()) })),
    revoked: z.optional(z.boolean()),
  }),
});
