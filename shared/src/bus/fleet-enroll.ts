import * as z from "zod/mini";
import { NodeName, PublicKey } from "../ids/index.ts";
import { defineContract, Role } from "./contract.ts";

/** Asked with the short-lived credential inside a join token. The private key never leaves the machine that made it. */
export const fleetEnroll = defineContract({
  verb: "enroll",
  purpose: "turn a join token into a credential for one's own key",
  reach: "registry",
  roles: [],
  change: true,
  input: z.object({ key: PublicKey, name: z.optional(NodeName), hostname: z.string() }),
  output: z.object({ jwt: z.string(), role: Role, name: z.optional(z.string()) }),
});
