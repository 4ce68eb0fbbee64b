import * as z from "zod/mini";
import { defineContract } from "./contract.ts";

/** Signed by the key that the credential is for, with the credential that is still good: nobody else has both. */
export const fleetRenew = defineContract({
  verb: "renew",
  purpose: "a new credential for the asking node's key, in place of one that grows old or whose signing key is being replaced",
  reach: "registry",
  roles: ["node"],
  input: z.object({}),
  output: z.object({ jwt: z.string() }),
});
