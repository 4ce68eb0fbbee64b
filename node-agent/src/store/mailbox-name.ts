// Mailboxes by name: `people`, `session:3`, and `caller:<id>` of a caller that has no node of its own.
import type { SessionId } from "@fleetwire/shared/ids";

export const PEOPLE = "people";
export const sessionMailbox = (id: number): string => `session:${id}`;
export const callerMailbox = (id: string): string => `caller:${id}`;

/** Undefined for another kind of mailbox. */
export function sessionOf(mailbox: string): SessionId | undefined {
  const [, id] = /^session:(\d+)$/.exec(mailbox) ?? [];
  return id === undefined ? undefined : (Number(id) as SessionId);
}
