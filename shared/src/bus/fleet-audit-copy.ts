import * as z from "zod/mini";
import { ADMINISTER, defineContract } from "./contract.ts";
import { AuditSource } from "./fleet-audit.ts";

export const fleetAuditCopy = defineContract({
  verb: "audit-copy",
  purpose: "the hub's copy of one audit record, to be checked: lines after a record",
  reach: "registry",
  roles: ADMINISTER,
  input: z.object({ source: z.string(), after: z.optional(z.int().check(z.gte(0))), limit: z.optional(z.int().check(z.gte(1), z.lte(2_000))) }),
  output: z.object({ source: AuditSource, lines: z.array(z.string()), more: z.boolean() }),
});
