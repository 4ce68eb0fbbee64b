// Whether a program reacted to what was typed: it took the bytes, and after that printed something or began or ended to do something.
import { setTimeout as sleep } from "node:timers/promises";
import type { Activity } from "@fleetwire/shared/control";
import type { Typist } from "./typist.ts";

const FIRST_LOOK_MS = 5;
const LONGEST_LOOK_MS = 100;

export interface Before {
  /** When it was typed. */
  readonly offset: number;
  readonly activity: Activity;
  /** What was typed ends a line: a terminal that collects lines gives its program nothing sooner. */
  readonly endsLine: boolean;
}

/** @returns whether that was seen within the time; false also where it can't be seen */
export async function reacted(typist: Typist, before: Before, untilMs: number): Promise<boolean> {
  for (let pauseMs = FIRST_LOOK_MS; !typist.over(); pauseMs = Math.min(LONGEST_LOOK_MS, pauseMs * 2)) {
    if (moved(typist, before) && (await taken(typist, before.endsLine))) return true;
    if (Date.now() >= untilMs) return false;
    await sleep(pauseMs);
  }
  return false;
}

function moved({ offset, catchUp, activity }: Typist, before: Before): boolean {
  catchUp();
  const { state, evidence } = activity();
  return offset() > before.offset || state !== before.activity.state || evidence !== before.activity.evidence;
}

async function taken({ look, front, input }: Typist, endsLine: boolean): Promise<boolean> {
  const terminal = await look();
  if (terminal === undefined || input.queued > 0 || (terminal.collectsLines && !endsLine)) return false;
  // A program that waits for more has had all there was.
  return terminal.unread === undefined ? front()?.does === "reads" : terminal.unread === 0;
}
