import { auditList } from "@fleetwire/shared/bus";
import { entriesOf } from "../../audit/index.ts";
import { handler } from "../handler.ts";

/** Entries of the usual length fit a message. */
const LIMIT = 100;

export const handleAuditList = handler(auditList, async ({ filter = {}, limit = LIMIT }, { services }) => ({ entries: await entriesOf(services.audit.directory, filter, limit) }));
