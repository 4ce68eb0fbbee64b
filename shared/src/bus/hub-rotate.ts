import * as z from "zod/mini";
import { PoolName } from "../ids/index.ts";
import { defineContract } from "./contract.ts";
import { Issued } from "./hub-tokens.ts";

const What = z.union([
  z.object({
    /** The role whose signing key is replaced; of `node` and `ci` that of one pool. */
    role: z.enum(["node", "viewer", "operator", "admin", "ci"]),
    pool: z.optional(PoolName),
  }),
  z.object({
    /** One credential: a name, a key, or the beginning of a key. */
    which: z.string().check(z.minLength(1), z.maxLength(64)),
  }),
]);

export const hubRotate = defineContract({
  verb: "hub-rotate",
  purpose: "replace the signing key of a role, or one credential: what was signed before is worth nothing",
  reach: "socket",
  roles: [],
  change: true,
  timeoutMs: 120_000,
  input: z.object({
    what: What,
    /** How long nodes that are connected have to get their new credential, milliseconds. */
    graceMs: z.optional(z.int().check(z.gte(0), z.lte(90_000))),
  }),
  output: z.object({
    /** They have a new credential already. */
    renewed: z.array(Issued),
    /** They have to join again. */
    mustJoin: z.array(Issued),
    /** For the one credential that was replaced, when its holder can't renew it by itself. */
    token: z.optional(z.string()),
    told: z.boolean(),
  }),
});
