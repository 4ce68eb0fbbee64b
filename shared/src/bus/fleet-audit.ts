import * as z from "zod/mini";
import { AuditEntry, AuditFilter, AuditHead } from "../audit/index.ts";
import { PublicKey } from "../ids/index.ts";
import { ADMINISTER, defineContract } from "./contract.ts";

/** Something about a node's record that should not be. */
export const AuditAlarm = z.object({ at: z.string(), code: z.enum(["audit-cut", "audit-forked", "audit-changed"]), seq: z.int(), detail: z.string() });
export type AuditAlarm = z.infer<typeof AuditAlarm>;

/** A record that the hub keeps: a node's copy, its own (`hub`) or its registry's. */
export const AuditSource = z.object({ name: z.string(), key: PublicKey, head: z.nullable(AuditHead), alarms: z.array(AuditAlarm) });
export type AuditSource = z.infer<typeof AuditSource>;

export const fleetAudit = defineContract({
  verb: "audit",
  purpose: "who did what in the fleet, from the hub's copies of the nodes' audit records",
  reach: "registry",
  roles: ADMINISTER,
  timeoutMs: 30_000,
  input: z.object({
    /** Names of nodes, `hub` or `registry`; default: all. */
    sources: z.optional(z.array(z.string())),
    filter: z.optional(AuditFilter),
    /** 0: the sources alone. */
    limit: z.optional(z.int().check(z.gte(0), z.lte(1_000))),
  }),
  output: z.object({ entries: z.array(z.object({ source: z.string(), ...AuditEntry.shape })), sources: z.array(AuditSource) }),
});
