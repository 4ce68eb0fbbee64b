// Between the agent and a search worker: one question, one answer. Plain objects of the same process: no parsing.
import type { SearchCursor, SearchMatch, SearchPattern } from "@fleetwire/shared/bus";
import type { SessionId } from "@fleetwire/shared/ids";

export interface SearchedLog {
  readonly session: SessionId;
  /** The log's directory. */
  readonly directory: string;
  /** What is printed after this offset isn't looked at: the search comes to an end though the session prints on. */
  readonly upTo: number;
}

export interface SearchQuestion {
  readonly pattern: SearchPattern;
  /** In the order in which they are searched. */
  readonly logs: readonly SearchedLog[];
  /** In the first of the logs. */
  readonly cursor?: Pick<SearchCursor, "offset" | "after">;
  readonly sinceMs?: number;
  readonly context: number;
  readonly limit: number;
  /** The page ends when it has taken so long. */
  readonly withinMs: number;
  /** What the matches may take in a sealed answer. */
  readonly bytes: number;
}

export type FoundLine = Omit<SearchMatch, "target" | "name">;

export interface SearchAnswer {
  readonly found: readonly FoundLine[];
  readonly next: SearchCursor | null;
  readonly sessions: number;
  readonly bytes: number;
}
