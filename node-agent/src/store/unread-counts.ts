// How many unread messages each mailbox has, counted once and again after something changed: every list of sessions shows it.

export interface UnreadCounts {
  of(mailbox: string): number;
  /** The next question counts anew. */
  readonly changed: () => void;
}

export function createUnreadCounts(count: () => ReadonlyMap<string, number>): UnreadCounts {
  let counts: ReadonlyMap<string, number> | undefined;
  return {
    of: (mailbox) => (counts ??= count()).get(mailbox) ?? 0,
    changed: () => (counts = undefined),
  };
}
