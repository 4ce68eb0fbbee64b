import type { SessionRecord } from "@fleetwire/shared/domain";
import { activityText, neediestFirst } from "./activity-text.ts";
import { agoOf } from "./amounts.ts";
import { renderTable } from "./table.ts";

/** Who waits for somebody comes first. Rows of nodes that are not live are marked with their node's state and age. */
export function sessionsTable(sessions: readonly SessionRecord[], stale: ReadonlyMap<string, string>, now: number, width?: number): string {
  // A column that is seldom of use takes no room otherwise.
  const anyUnread = sessions.some(({ unread }) => unread !== undefined);
  const rows = neediestFirst(sessions).map((session) => [
    session.target,
    session.name ?? "-",
    stateText(session, stale),
    activityText(session, now, stale.has(session.node)),
    agoOf(session.createdAt, now),
    session.attached === 0 ? "-" : String(session.attached),
    ...(anyUnread ? [String(session.unread ?? "-")] : []),
    session.tags.join(",") || "-",
    commandText(session.command),
  ]);
  return renderTable([{ title: "TARGET" }, { title: "NAME" }, { title: "STATE" }, { title: "ACTIVITY", flexible: true }, { title: "AGE", align: "right" }, { title: "ATTACHED", align: "right" }, ...(anyUnread ? [{ title: "UNREAD", align: "right" } as const] : []), { title: "TAGS", flexible: true }, { title: "COMMAND", flexible: true }], rows, width);
}

function stateText({ state, exit, node, warning }: SessionRecord, stale: ReadonlyMap<string, string>): string {
  const how = exit?.signal !== undefined ? ` (${exit.signal})` : exit?.code !== undefined && state === "exited" ? ` (${exit.code})` : "";
  const age = stale.get(node);
  return `${state}${how}${warning === undefined ? "" : " !"}${age === undefined ? "" : `, ${age}`}`;
}

/** As one would type it, for reading; quotes where a word has spaces. */
export function commandText(command: readonly string[]): string {
  return command.map((word) => (word === "" || /[\s'"$\\]/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : word)).join(" ");
}
