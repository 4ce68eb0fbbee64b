import { join } from "node:path";
import { auditChain } from "@fleetwire/shared/bus";
import { rawLines, readSignedHead } from "../../audit/index.ts";
import { handler } from "../handler.ts";

const LIMIT = 500;
/** A line is text inside text inside text: its quotes become longer. */
const BYTES = 96 * 1024;

export const handleAuditChain = handler(auditChain, async ({ after = 0, limit = LIMIT }, { services }) => {
  const { directory, chain } = services.audit;
  // Taken before the lines: they reach at least as far.
  const head = chain.head();
  return { ...(await rawLines(directory, after, limit, BYTES)), head: head.seq === 0 ? null : head, signed: readSignedHead(join(directory, "head.json"), services.node.record().key) ?? null };
});
