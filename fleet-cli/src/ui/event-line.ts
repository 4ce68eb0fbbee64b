// One event as one line for people. Names, titles and notifications are somebody else's text: nothing in them acts.
import { eventText, type EventRecord } from "@fleetwire/shared/bus";
import { neutral } from "../text/index.ts";

const LONGEST = 400;

/** `2026-11-21 12:00:03  gpu-box  session-ended     gpu-box:12 build  exited 1`, local time. */
export function eventLine(event: EventRecord): string {
  const { kind, node, at } = event;
  return neutral(`${localTime(at)}  ${node}  ${kind.padEnd(16)}  ${eventText(event)}`.slice(0, LONGEST)).trimEnd();
}

function localTime(iso: string): string {
  const time = new Date(iso);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
