// One event as one line for people. Names, titles and notifications are somebody else's text: nothing in them acts.
import { subjectOf, type EventRecord } from "@fleetwire/shared/bus";
import type { SessionRecord } from "@fleetwire/shared/domain";
import { neutral } from "./neutral.ts";
import { commandText } from "./sessions-table.ts";

const LONGEST = 200;

/** `2026-11-21 12:00:03  gpu-box  session-ended     gpu-box:12 build  exited 1`, local time. */
export function eventLine(event: EventRecord): string {
  const { kind, node, at } = event;
  return neutral(`${localTime(at)}  ${node}  ${kind.padEnd(16)}  ${whatOf(event)}`.slice(0, LONGEST * 2)).trimEnd();
}

/** What happened, without when and where. */
export function whatOf(event: EventRecord): string {
  const { node, presence, signal, session, reason, record } = event;
  const subject = subjectOf(event);
  const who = subject === undefined ? "" : `${node}:${subject.id}${subject.name === null ? "" : ` ${subject.name}`}`;
  const what = presence ?? (signal !== undefined ? `${signal.kind}${signal.text === undefined || signal.text === "" ? "" : `: ${signal.text}`}` : session !== undefined ? sessionText(event.kind, session) : (reason ?? record?.warning ?? (record?.draining === true ? "draining" : "")));
  return [who, what].filter((text) => text !== "").join("  ").slice(0, LONGEST);
}

function sessionText(kind: string, { state, exit, activity, command, warning }: SessionRecord): string {
  if (kind === "session-launched") return commandText(command);
  const how = exit?.signal ?? exit?.reason ?? (state === "exited" ? exit?.code : undefined);
  const doing = state === "running" && activity.state !== "unknown" ? `, ${activity.state}${activity.reason === undefined ? "" : `: ${activity.reason}`}` : "";
  return `${state}${how === undefined ? "" : ` ${how}`}${doing}${warning === undefined ? "" : ` (${warning})`}`;
}

function localTime(iso: string): string {
  const time = new Date(iso);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
