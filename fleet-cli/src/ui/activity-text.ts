// What a program does, for rows of lists: the state, why, and for how long. Unknown is said as such: it is no all-clear.
import { hasEnded, type SessionRecord } from "@fleetwire/shared/domain";
import { agoOf } from "./amounts.ts";

type Doing = Pick<SessionRecord, "state" | "activity">;

/** @param isStale its node is silent: what it did when that was last heard */
export function activityText({ state, activity }: Doing, now: number, isStale = false): string {
  if (state !== "running") return "-";
  const what = activity.reason === undefined ? activity.state : `${activity.state}: ${activity.reason}`;
  if (activity.state === "unknown") return what;
  return `${isStale ? "was " : ""}${what} ${agoOf(activity.at, now)}`;
}

/** Who waits for somebody comes first, and after it what is finished and not seen; otherwise the order stays. */
export function neediestFirst<T extends Doing>(sessions: readonly T[]): T[] {
  const rank = ({ state, activity }: Doing) => (hasEnded(state) ? 2 : activity.state === "blocked" ? 0 : activity.state === "done" ? 1 : 2);
  return sessions.toSorted((a, b) => rank(a) - rank(b));
}
