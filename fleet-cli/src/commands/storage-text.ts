import type { nodeStorage, OutputOf } from "@fleetwire/shared/bus";
import { bytesOf } from "../ui/index.ts";

/** What the logs take. */
export function usageText({ running, ended }: OutputOf<typeof nodeStorage>): string {
  return `${bytesOf(ended.bytes)} of ended sessions (${ended.sessions}), ${bytesOf(running.bytes)} of running ones (${running.sessions})`;
}

/** What is kept. */
export function keptText({ limits: { keepDays, keepBytes, keepCount, logBytes } }: OutputOf<typeof nodeStorage>): string {
  const bounds = [keepDays > 0 ? `for ${keepDays} days` : undefined, keepBytes > 0 ? `up to ${bytesOf(keepBytes)}` : undefined, keepCount > 0 ? `up to ${keepCount} of them` : undefined].filter((bound) => bound !== undefined);
  return `ended sessions ${bounds.length === 0 ? "for ever" : bounds.join(", ")}; of each the newest ${bytesOf(logBytes)}`;
}
