// Whether what a program does allows typing to it: one that works is left alone, one that asks is not answered by accident.
import type { Activity } from "@fleetwire/shared/control";
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";

/** So long after something was typed its activity may still be of the time before, milliseconds. */
const STALE_MS = 1_500;
/** A prompt that waits for a line is where input belongs; other reasons are questions. */
const PROMPT = "input";

export interface WhenAsked {
  readonly when?: "idle" | "blocked" | undefined;
  readonly force?: boolean | undefined;
}

/**
 * @param typedAt when this session was typed to last, milliseconds since 1970
 * @returns false: not now. @throws FleetError `not-ready` when it is blocked on a question and the next input was meant for its prompt
 */
export function allowedNow({ when, force = false }: WhenAsked, activity: Activity, typedAt: number): boolean {
  if (when === undefined) return true;
  if (Date.now() - typedAt < STALE_MS && Date.parse(activity.at) <= typedAt) return false;
  if (activity.state === "blocked") {
    if (when === "blocked" || force || activity.reason === PROMPT) return true;
    throw new FleetError("not-ready", `nothing was typed: it is ${activityText(activity)}`);
  }
  return when === "idle" && (activity.state === "idle" || activity.state === "done");
}

/** `blocked (permission; by hook)` */
function activityText({ state, reason, evidence }: Activity): string {
  const why = [reason, evidence].flatMap((text) => (text === undefined ? [] : [printable(text)])).join("; ");
  return why === "" ? state : `${state} (${why})`;
}
