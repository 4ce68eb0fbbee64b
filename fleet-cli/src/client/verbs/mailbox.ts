// Whose mailbox is read, and by which node: one's own, or that of a session or of a node's people, for operators.
import { messageInbox, type MessageRecord, type RawInputOf, type Ref } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { parseAddress, type NodeName } from "@fleetwire/shared/ids";
import type { CallOptions, FleetClient, Place } from "../types.ts";

export interface Mailbox {
  /** Undefined: the usual one, this machine's. */
  readonly place: Place | undefined;
  /** Nothing: the caller's own. */
  readonly of: { readonly session?: Ref; readonly people?: true };
}

export type MailFilter = Pick<RawInputOf<typeof messageInbox>, "unread" | "from" | "replyTo">;

/** Messages of one page. */
const PAGE = 500;

/** Which node keeps one's messages: this machine's own, or where there is none, the one that was named. @throws FleetError `needs-flag` on a machine without a node */
export async function mailPlace(client: FleetClient, node: NodeName | undefined): Promise<Place | undefined> {
  if (node !== undefined) return client.node(node);
  if ((await client.ownNode()) !== "none") return undefined;
  throw new FleetError("needs-flag", "this machine has no node that could keep messages: say --node NODE", { hint: "an answer to what you sent to a node's session is in your mailbox on that node; 'fleet up' makes this machine a node" });
}

/** @param owner a session's target or @NODE; undefined: the caller. @throws FleetError `bad-target`, `unknown-session`, `needs-flag` */
export async function mailboxOf(client: FleetClient, owner: string | undefined, node: NodeName | undefined): Promise<Mailbox> {
  if (owner === undefined) return { place: await mailPlace(client, node), of: {} };
  const address = parseAddress(owner);
  if (address.people === true) return { place: address.node === undefined ? await mailPlace(client, node) : await client.node(address.node), of: { people: true } };
  const { place, session } = await client.resolve(owner);
  return { place, of: { session } };
}

/** What is there, oldest first; nothing is marked as read. @param limit the oldest so many */
export async function readInbox(client: FleetClient, { place, of }: Mailbox, filter: MailFilter, limit = Number.POSITIVE_INFINITY, options: CallOptions = {}): Promise<MessageRecord[]> {
  const messages: MessageRecord[] = [];
  for (let after = 0; messages.length < limit; ) {
    const page = await client.call(messageInbox, { ...of, ...filter, after, limit: Math.min(PAGE, limit - messages.length) }, place, options);
    messages.push(...page.messages);
    after = page.next;
    if (!page.more) break;
  }
  return messages;
}
