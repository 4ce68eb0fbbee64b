import { MessageId, type MessageRecord, Role } from "@fleetwire/shared/bus";
import { NodeName, PublicKey, SessionName } from "@fleetwire/shared/ids";
import { PEOPLE, sessionOf, type MessageRow } from "../store/index.ts";
import { addressOf } from "./address.ts";

const iso = (at: number) => new Date(at).toISOString();

/** @param node this node's name now */
export function recordOf(row: MessageRow, node: NodeName): MessageRecord {
  return {
    id: MessageId.parse(row.id),
    kind: row.kind,
    from: senderOf(row, node),
    to: addressOf(row.mailbox, node),
    subject: row.subject,
    text: row.text,
    replyTo: row.reply_to,
    wantsReply: row.wants_reply,
    sentAt: iso(row.sent_at),
    receivedAt: iso(row.received_at),
    readAt: row.read_at === null ? null : iso(row.read_at),
  };
}

type Sender = Pick<MessageRow, "kind" | "from_key" | "from_node" | "from_box" | "from_name" | "from_role">;

function senderOf({ kind, from_key, from_node, from_box, from_name, from_role }: Sender, node: NodeName): MessageRecord["from"] {
  const at = from_node ?? node;
  const key = PublicKey.safeParse(from_key).data;
  const common = { address: kind === "notice" ? at : addressOf(from_box, at, from_name), ...(key === undefined ? {} : { key }) };
  const session = sessionOf(from_box);
  if (session === undefined && from_box !== PEOPLE) return { ...common, role: Role.safeParse(from_role).data ?? null };
  // A node whose name nobody vouches for is known by its key alone.
  const name = NodeName.safeParse(at).data;
  return { ...common, ...(name === undefined ? {} : { node: name }), ...(session === undefined ? {} : { session: { id: session, name: SessionName.safeParse(from_name).data ?? null } }) };
}

/** Does the sender answer to this: its address, its node, its own name? */
export function isFrom(from: MessageRecord["from"], text: string): boolean {
  const { address, node, session } = from;
  const name = session?.name ?? undefined;
  return [address, node, name, name === undefined ? undefined : `${node}:${name}`].includes(text);
}
