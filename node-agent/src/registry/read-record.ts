import { NodeRecord } from "@fleetwire/shared/domain";
import { emptyRecord, type Row } from "./row.ts";

/**
 * As much of a node's record as can be read here. A node of another release may say less, or something that isn't known yet:
 * it stays in the list with the rest, and with a warning that names what is missing.
 */
export function readRecord(row: Row, answer: unknown): NodeRecord {
  const whole = NodeRecord.safeParse(answer);
  if (whole.success) return whole.data;
  let record = emptyRecord(row);
  for (const [field, value] of Object.entries(typeof answer === "object" && answer !== null ? answer : {})) {
    const more = NodeRecord.safeParse({ ...record, [field]: value });
    if (more.success) record = more.data;
  }
  const unread = [...new Set(whole.error.issues.map(({ path }) => String(path[0] ?? "all of it")))];
  return { ...record, warning: `of another release (${record.version}): the registry can't read its ${unread.join(", ")}` };
}
