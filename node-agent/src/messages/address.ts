import { PEOPLE, sessionOf, type OutboxRow } from "../store/index.ts";

/** As people type it: `alpha:3`, `@alpha`; a caller's by its label. */
export function addressOf(mailbox: string, node: string, label: string | null = null): string {
  const session = sessionOf(mailbox);
  if (session !== undefined) return `${node}:${session}`;
  return mailbox === PEOPLE ? `@${node}` : (label ?? mailbox.replace(/^caller:/, ""));
}

/** Of a message that goes to another node: `beta:reviewer`, `@beta`. */
export function recipientOf({ node, recipient }: Pick<OutboxRow, "node" | "recipient">): string {
  return recipient === "" ? `@${node}` : `${node}:${recipient}`;
}
