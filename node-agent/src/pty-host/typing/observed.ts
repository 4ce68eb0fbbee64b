// Whether a program reacted to what was typed: it took the bytes, and after that printed something or began or ended to do something.
import { setTimeout as sleep } from "node:timers/promises";
import type { Activity } from "@fleetwire/shared/control";
import { FleetError } from "@fleetwire/shared/errors";
import type { Typist } from "./typist.ts";

const FIRST_LOOK_MS = 5;
const LONGEST_LOOK_MS = 100;
/** How long a program may take to read what was typed before. */
const TAKEN_MS = 5_000;
/** Between two that type, so that a program tells them apart. */
const APART_MS = 30;

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

/** Resolves when the program has taken what was typed before. @throws FleetError `not-ready` when it doesn't */
export async function untilTaken({ input, look, over }: Typist): Promise<void> {
  for (const until = Date.now() + TAKEN_MS; !over(); await sleep(FIRST_LOOK_MS * 4)) {
    const waits = input.queued > 0 || ((await look())?.unread ?? 0) > 0;
    if (!waits && Date.now() - input.typedAt >= APART_MS) return;
    if (Date.now() >= until) throw new FleetError("not-ready", "nothing was typed: the program has not read what was typed before");
  }
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
