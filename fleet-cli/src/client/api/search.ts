// A pattern in what sessions have printed, all over the fleet.
import { FleetError } from "@fleetwire/shared/errors";
import type { FleetClient } from "../types.ts";
import { aimsOfNodes, aimsOfSessions, searchAll, type SearchResult } from "../verbs/search.ts";
import { cancelled, orCancelled, type Waiting } from "./abort.ts";
import { momentOf, nodeNames, tagsOf } from "./given.ts";

export interface SearchOptions extends Waiting {
  /** Only on these nodes. Default: all. */
  readonly nodes?: readonly string[];
  /** Only in sessions with all of these tags. */
  readonly tags?: readonly string[];
  /** Instead of both: only in these sessions. */
  readonly targets?: readonly string[];
  /** Only what was printed from this time on. */
  readonly since?: Date | number | string;
  /** Lines before and after each match, at most 20. */
  readonly context?: number;
  /** Lines that match, at most. Default 100. */
  readonly limit?: number;
}

/** What a search found; `failures` are nodes of which not all was searched. */
export type Found = SearchResult;

const LIMIT = 100;

/**
 * @param pattern a text as it stands, or a regular expression that is tried on each line; of its flags `i` counts
 * @throws FleetError `usage`, `bad-input`, `unknown-node`, `unknown-session`, `cancelled`; when no node could be searched, why
 */
export async function search(client: FleetClient, pattern: string | RegExp, { nodes = [], tags = [], targets = [], since, context, limit = LIMIT, signal }: SearchOptions, note: (text: string) => void): Promise<Found> {
  if (targets.length > 0 && nodes.length + tags.length > 0) throw new FleetError("usage", "`targets` names sessions, `nodes` and `tags` choose them; give one or the other");
  const { aims, notes } = await orCancelled(async () => (targets.length > 0 ? { aims: await aimsOfSessions(client, targets), notes: [] } : aimsOfNodes(client, nodeNames(nodes) ?? [])), signal);
  notes.forEach(note);
  const text = typeof pattern === "string" ? { text: pattern, kind: "fixed" as const } : { text: pattern.source, kind: "regex" as const, ignoreCase: pattern.ignoreCase };
  const found = await searchAll(client, aims, { pattern: text, sinceMs: since === undefined ? undefined : momentOf(since), context, ...(tags.length > 0 ? { filter: { tags: tagsOf(tags) } } : {}) }, { limit, signal });
  if (signal?.aborted === true) throw cancelled();
  const [failure] = found.failures;
  if (failure !== undefined && found.failures.length === aims.length) throw failure.error;
  return found;
}
