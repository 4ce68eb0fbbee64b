import * as z from "zod/mini";
import { AuditHead } from "../audit/index.ts";
import { ADMINISTER, defineContract } from "./contract.ts";

export const auditChain = defineContract({
  verb: "audit-chain",
  purpose: "a node's audit record as it lies on its disk, to be checked or copied: lines after a record",
  roles: [...ADMINISTER, "registry"],
  input: z.object({ after: z.optional(z.int().check(z.gte(0))), limit: z.optional(z.int().check(z.gte(1), z.lte(1_000))) }),
  output: z.object({
    lines: z.array(z.string()),
    more: z.boolean(),
    /** The last record, and the last one that the node signed beside its files; null when there is none. */
    head: z.nullable(AuditHead),
    signed: z.nullable(AuditHead),
  }),
});
