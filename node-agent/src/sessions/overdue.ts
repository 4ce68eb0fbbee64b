// Which ended sessions are to go: those that are too old, and beyond the bounds on size and number those that ended first.

export interface EndedSession {
  readonly endedAt: number;
  readonly bytes: number;
  /** Somebody looks at it, or it comes back: it counts and stays. */
  readonly inUse: boolean;
}

export interface Bounds {
  readonly olderThanMs?: number;
  readonly bytes?: number;
  readonly count?: number;
}

/** In the order of their ends; all that are not in use where there is no bound. */
export function overdue<T extends EndedSession>(ended: readonly T[], { olderThanMs, bytes, count }: Bounds, now: number): T[] {
  const isBounded = olderThanMs !== undefined || bytes !== undefined || count !== undefined;
  let total = 0;
  return ended
    .toSorted((a, b) => b.endedAt - a.endedAt)
    .filter((session, place) => {
      total += session.bytes;
      if (session.inUse) return false;
      return !isBounded || (olderThanMs !== undefined && now - session.endedAt > olderThanMs) || (bytes !== undefined && total > bytes) || (count !== undefined && place >= count);
    })
    .toReversed();
}
