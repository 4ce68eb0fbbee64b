// What a joined machine or person holds: how to reach the fleet, as whom, and whom to believe.
import * as z from "zod/mini";
import { FleetName, IssuerKey, NodeName, PoolName, PublicKey } from "../ids/index.ts";
import { Role } from "./contract.ts";

/** A signing key and the role it stands for: whose JWTs prove that role. On somebody's own NATS also the key of one caller. */
export const Issuer = z.object({
  key: z.union([IssuerKey, PublicKey]),
  role: Role,
  pool: z.optional(PoolName),
  /** It is being replaced: what it signed is good for a moment more. */
  retiring: z.optional(z.boolean()),
});
export type Issuer = z.infer<typeof Issuer>;

/** Facts of a fleet that everybody in it shares; nothing here is secret. */
export const FleetFacts = z.object({
  fleet: FleetName,
  pool: PoolName,
  /** NATS addresses, `nats://` on loopback, `tls://` beyond. */
  urls: z.array(z.string()).check(z.minLength(1)),
  /** PEM of the hub's CA, for `tls://` addresses and the hub's Caddy. */
  ca: z.optional(z.string()),
  /** As of the joining; what the registry says later stands above it (fleet-trust.ts). */
  issuers: z.array(Issuer),
  /** Keys that may answer as the registry. */
  registries: z.array(PublicKey),
});
export type FleetFacts = z.infer<typeof FleetFacts>;

/** The file `credentials.json` (mode 0600): facts, and the JWT for the key whose seed is kept beside it. */
export const Credentials = z.object({ version: z.literal(1), facts: FleetFacts, role: Role, name: z.optional(z.string()), key: PublicKey, jwt: z.string() });
export type Credentials = z.infer<typeof Credentials>;

/** Inside a join token. The credential in it may do one thing only: ask the registry to enroll a key. */
export const JoinToken = z.object({
  v: z.literal(1),
  facts: FleetFacts,
  role: Role,
  name: z.optional(z.union([NodeName, z.string()])),
  jwt: z.string(),
  seed: z.string(),
});
export type JoinToken = z.infer<typeof JoinToken>;
