import * as z from "zod/mini";
import { NodeName } from "../ids/index.ts";
import { Signed } from "../keys/index.ts";
import { defineContract } from "./contract.ts";

/** The hub's relay, for nodes that nobody can dial. */
export const RelayAnnouncement = z.object({
  /** `wss://host:port` of the gateway that it is behind. */
  url: z.string(),
  /** PEM of the CA that signed the gateway's certificate. */
  ca: z.optional(z.string()),
});
export type RelayAnnouncement = z.infer<typeof RelayAnnouncement>;

/** A node's name is a lease: held by one key and instance while its beats come. Asked again now and then, for what may have changed. */
export const fleetClaim = defineContract({
  verb: "claim",
  purpose: "take a node name; answers who holds it when somebody else does",
  reach: "registry",
  roles: ["node"],
  input: z.object({
    name: NodeName,
    instance: z.string(),
    hostname: z.string(),
    /** Of the newest statement about the fleet's keys that the node has, see fleet-trust.ts. */
    trustRevision: z.optional(z.int()),
  }),
  output: z.object({
    granted: z.boolean(),
    /** How often to beat from now on, milliseconds: a big fleet's nodes beat seldom. */
    beatMs: z.optional(z.int()),
    /** What was said about the fleet's keys while the node was away. */
    trust: z.optional(Signed),
    holder: z.optional(z.object({ key: z.string(), hostname: z.string(), ageMs: z.number() })),
    relay: z.optional(RelayAnnouncement),
  }),
});
