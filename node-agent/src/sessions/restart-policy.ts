// Whether and when an ended session comes back. The time is kept in its row, so that an agent that was away keeps it.
import type { SessionRow } from "../store/index.ts";

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** A life this long was a good one: the next failure starts with the short delay again. */
const GOOD_MS = 60_000;

export function planRestart(row: SessionRow, now: number): Pick<SessionRow, "restart_at" | "restarts"> {
  if (!wanted(row)) return { restart_at: null, restarts: row.restarts };
  const good = row.started_at !== null && (row.ended_at ?? now) - row.started_at >= GOOD_MS;
  const restarts = good ? 0 : row.restarts;
  return { restart_at: now + Math.min(FIRST_MS * 2 ** Math.min(restarts, 10), LONGEST_MS), restarts: restarts + 1 };
}

function wanted(row: SessionRow): boolean {
  if (row.kill_requested !== 0 || row.restart === "no" || row.state === "failed") return false;
  return row.restart === "always" || row.state !== "exited" || row.exit?.code !== 0;
}
