// What the hub has given out: a record for each join token and each credential. Times are ISO texts; nothing secret.
import * as z from "zod/mini";
import { defineContract, Role } from "./contract.ts";

/** `unused`, `used`, `expired`, `revoked` for tokens; `live`, `expired`, `revoked` for credentials. */
export const IssuedState = z.enum(["unused", "used", "live", "expired", "revoked"]);
export type IssuedState = z.infer<typeof IssuedState>;

const Common = {
  role: Role,
  /** Of roles that are cut by pool. */
  pool: z.nullable(z.string()),
  name: z.nullable(z.string()),
  state: IssuedState,
  issuedAt: z.string(),
  expiresAt: z.nullable(z.string()),
};

export const IssuedToken = z.object({
  kind: z.literal("token"),
  /** Public key of the credential inside. */
  id: z.string(),
  ...Common,
  used: z.nullable(z.object({ key: z.string(), at: z.string() })),
});
export type IssuedToken = z.infer<typeof IssuedToken>;

export const IssuedCredential = z.object({
  kind: z.literal("credential"),
  /** Public key of its holder. */
  id: z.string(),
  ...Common,
  renewedAt: z.nullable(z.string()),
  revokedAt: z.nullable(z.string()),
});
export type IssuedCredential = z.infer<typeof IssuedCredential>;

export const Issued = z.discriminatedUnion("kind", [IssuedToken, IssuedCredential]);
export type Issued = z.infer<typeof Issued>;

export const hubTokens = defineContract({
  verb: "hub-tokens",
  purpose: "join tokens and credentials that this hub gave out, and what became of each",
  reach: "socket",
  roles: [],
  input: z.object({}),
  output: z.object({ issued: z.array(Issued) }),
});
