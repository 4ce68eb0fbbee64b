import * as z from "zod/mini";
import { AuditEntry, AuditFilter } from "../audit/index.ts";
import { ADMINISTER, defineContract } from "./contract.ts";

export const auditList = defineContract({
  verb: "audit-list",
  purpose: "who did what on a node: the newest entries of its audit record that fit, oldest first",
  roles: ADMINISTER,
  input: z.object({ filter: z.optional(AuditFilter), limit: z.optional(z.int().check(z.gte(1), z.lte(200))) }),
  output: z.object({ entries: z.array(AuditEntry) }),
});
