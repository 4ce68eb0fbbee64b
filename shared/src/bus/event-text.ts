// What happened, in words. The words of programs and people in it are theirs: whoever shows them makes them harmless.
import type { SessionRecord } from "../domain/index.ts";
import { subjectOf } from "./event-filter.ts";
import type { EventRecord } from "./events.ts";

/** Without when and where: `gpu-box:12 build  exited 1`. */
export function eventText(event: EventRecord): string {
  const subject = subjectOf(event);
  const who = subject === undefined ? "" : `${event.node}:${subject.id}${subject.name === null ? "" : ` ${subject.name}`}`;
  return [who, whatOf(event)].filter((text) => text !== "").join("  ");
}

function whatOf({ kind, presence, signal, alarm, message, session, reason, record }: EventRecord): string {
  if (presence !== undefined) return presence;
  if (alarm !== undefined) return `${alarm.code}: ${alarm.detail}`;
  if (message !== undefined) return `${session === undefined ? `${message.to}  ` : ""}from ${message.from}${message.subject === null ? "" : `: ${message.subject}`}`;
  if (signal !== undefined) return `${signal.kind}${signal.text === undefined || signal.text === "" ? "" : `: ${signal.text}`}`;
  if (session !== undefined) return kind === "session-launched" ? session.command.join(" ") : stateText(session);
  return reason ?? record?.warning ?? (record?.draining === true ? "draining" : "");
}

function stateText({ state, exit, activity, warning }: SessionRecord): string {
  const how = exit?.signal ?? exit?.reason ?? (state === "exited" ? exit?.code : undefined);
  const doing = state === "running" ? `, ${activity.state}${activity.reason === undefined ? "" : `: ${activity.reason}`}` : "";
  return `${state}${how === undefined ? "" : ` ${how}`}${doing}${warning === undefined ? "" : ` (${warning})`}`;
}
