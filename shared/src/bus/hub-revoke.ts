import * as z from "zod/mini";
import { defineContract } from "./contract.ts";
import { Issued } from "./hub-tokens.ts";

export const hubRevoke = defineContract({
  verb: "hub-revoke",
  purpose: "take back an unused join token or a credential: its connection and its attaches are closed",
  reach: "socket",
  roles: [],
  change: true,
  timeoutMs: 20_000,
  input: z.object({
    /** A name, a key, or the beginning of a key of at least six characters. */
    which: z.string().check(z.minLength(1), z.maxLength(64)),
  }),
  output: z.object({
    revoked: z.array(Issued),
    /** False: the hub is down; server and nodes hear of it when it is up. */
    told: z.boolean(),
  }),
});
