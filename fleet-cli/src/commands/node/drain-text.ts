// A drain as people read it.
import { hasEnded, type NodeRecord, type SessionRecord } from "@fleetwire/shared/domain";
import { endedText } from "../../client/index.ts";
import { agoOf, drainNote } from "../../ui/index.ts";
import type { Watched } from "./watch-node.ts";

export function drainText({ draining, drain, sessions: { running } }: NodeRecord): string {
  if (!draining) return "takes sessions";
  const note = drain === undefined ? "" : drainNote(drain, Date.now());
  return `takes no new sessions; ${running} still running${note === "" ? "" : ` (${note})`}`;
}

/** What became of each session; those that wait for a person are said so. */
export function reportText(node: string, { idle, watched }: Watched, now: number): string {
  const running = watched.filter(({ state }) => !hasEnded(state));
  const head = idle ? `${node} is idle: nothing runs there` : `${node} is not idle: ${running.length === 1 ? "1 session runs" : `${running.length} sessions run`} there`;
  return [head, ...watched.map((session) => `  ${session.target}${session.name === null ? "" : ` '${session.name}'`} ${whatOf(session, now)}`)].join("\n");
}

function whatOf(session: SessionRecord, now: number): string {
  if (hasEnded(session.state)) return endedText(session);
  const { activity, attached, lastOutputAt } = session;
  const waits = activity.state === "blocked" ? `blocked${activity.reason === undefined ? "" : ` (${activity.reason})`}` : `still running, ${activity.state}`;
  return [waits, lastOutputAt === null ? "no output yet" : `last output ${agoOf(lastOutputAt, now)} ago`, attached === 0 ? "nobody attached" : `${attached} attached`].join(", ");
}
