// Waits for what sessions do. The node's history says when to look again; the record says what is so.
import { setTimeout as sleep } from "node:timers/promises";
import { eventList, sessionGet, type EventPosition } from "@fleetwire/shared/bus";
import { hasEnded, type SessionRecord } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import type { AllowedFleet, Found } from "./allowed-fleet.ts";
import { LineFinder } from "./line-pattern.ts";

export const CONDITIONS = ["exit", "idle", "blocked", "done"] as const;
export type Condition = (typeof CONDITIONS)[number];

export interface Wanted {
  readonly conditions: readonly Condition[];
  readonly pattern?: string;
  /** Offset from which the pattern is looked for. */
  readonly from?: number;
}

export interface Waited {
  readonly session: SessionRecord;
  /** What came about; undefined when nothing of it did. */
  readonly why?: Condition | "pattern";
  /** The line that matched. */
  readonly line?: string;
  /** Why the session could not be looked at, the last time. */
  readonly trouble?: FleetError;
}

/** Longest question to a node, milliseconds. */
const NEWS_MS = 15_000;
/** Between two looks at a session whose node tells this caller no news, and after trouble that may pass. */
const LOOK_MS = 1_000;
const SOON_MS = 250;

/**
 * Until one of what is wanted is so, the session has ended, or the signal comes: that is no failure, and `why` is missing then.
 * @param onSession told each record that was seen
 * @throws FleetError what waiting doesn't mend
 */
export async function waitForSession(fleet: AllowedFleet, found: Found, wanted: Wanted, signal: AbortSignal, onSession: (session: SessionRecord) => void): Promise<Waited> {
  if (wanted.pattern === undefined) return waitForState(fleet, found, wanted.conditions, signal, onSession);
  const stop = new AbortController();
  const cancel = () => stop.abort();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    const both = [waitForLine(fleet, found, { pattern: wanted.pattern, from: wanted.from ?? found.log.start }, stop.signal), waitForState(fleet, found, wanted.conditions, stop.signal, onSession)] as const;
    // The end is seen by both: only who has read all of its output knows whether the line was there.
    const first = await Promise.race(both.map(async (wait, at) => ({ waited: await wait, at })));
    const waited = first.waited.why !== undefined ? first.waited : await (signal.aborted ? both[1] : both[0]);
    stop.abort();
    await Promise.allSettled(both);
    return waited;
  } finally {
    stop.abort();
    signal.removeEventListener("abort", cancel);
  }
}

async function waitForState(fleet: AllowedFleet, { place, ref, session }: Found, conditions: readonly Condition[], signal: AbortSignal, onSession: (session: SessionRecord) => void): Promise<Waited> {
  let last: Waited = { session };
  let after: EventPosition | undefined;
  let tellsNews = true;
  while (!signal.aborted) {
    try {
      if (tellsNews && after === undefined) after = (await fleet.call(eventList, { tail: 0 }, place, { signal })).next;
      last = { session: (await fleet.call(sessionGet, { session: ref }, place, { signal })).session };
      onSession(last.session);
      const why = conditions.find((condition) => isSo(condition, last.session));
      if (why !== undefined) return { ...last, why };
      if (hasEnded(last.session.state)) return last;
      if (after === undefined) await pause(LOOK_MS, signal);
      else after = await news(fleet, { place, ref }, after, signal);
    } catch (error) {
      if (signal.aborted) return last;
      const failure = FleetError.from(error);
      if (failure.code === "denied" && tellsNews) tellsNews = false;
      else if (!failure.retryable) throw error;
      last = { ...last, trouble: failure };
      after = undefined;
      await pause(LOOK_MS, signal);
    }
  }
  return last;
}

function isSo(condition: Condition, { state, activity }: SessionRecord): boolean {
  if (condition === "exit") return hasEnded(state);
  // Who is done has nothing to do either.
  return state === "running" && (activity.state === condition || (condition === "idle" && activity.state === "done"));
}

/** Answers soon after something was told of the session, at the latest after a while. */
async function news(fleet: AllowedFleet, { place, ref }: Pick<Found, "place" | "ref">, after: EventPosition, signal: AbortSignal): Promise<EventPosition> {
  const asked = performance.now();
  const page = await fleet.call(eventList, { after, filter: { sessions: [ref] }, waitMs: NEWS_MS, limit: 100 }, place, { signal });
  if (page.events.length === 0 && performance.now() - asked < SOON_MS) await pause(SOON_MS, signal);
  return page.next;
}

async function waitForLine(fleet: AllowedFleet, { place, ref, session }: Found, { pattern, from }: { readonly pattern: string; readonly from: number }, signal: AbortSignal): Promise<Waited> {
  const finder = new LineFinder(pattern);
  try {
    await using stream = await fleet.openStream({ place, session: ref }, { want: { kind: "log", start: { offset: from }, follow: true }, scope: "read", signal });
    for await (const event of stream) {
      const line = event.kind === "output" ? finder.feed(event.bytes) : undefined;
      if (line !== undefined) return { session: await now(fleet, { place, ref, session }), why: "pattern", line };
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return { session: signal.aborted ? session : await now(fleet, { place, ref, session }) };
}

async function now(fleet: AllowedFleet, { place, ref, session }: Pick<Found, "place" | "ref" | "session">): Promise<SessionRecord> {
  return fleet.call(sessionGet, { session: ref }, place).then((answer) => answer.session, () => session);
}

function pause(ms: number, signal: AbortSignal): Promise<unknown> {
  return sleep(ms, undefined, { signal }).catch(() => undefined);
}
