import type { NodeState } from "@fleetwire/shared/domain";

/** What to say of a node's silence: nothing while it is live. @param before put in front of the age */
export function staleNote(state: NodeState, ageMs: number, before?: string): string {
  if (state === "live") return "";
  const seconds = Math.round(ageMs / 1000);
  const age = seconds < 120 ? `${seconds} s` : seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
  return before === undefined ? `${state} ${age}` : `${before}${age} ago`;
}
