// What became of a message: as far as this node knows, and of one that went to another node, what that one says.
import { type messageQueue, messageStatus, type OutputOf } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { KnownMessage, OutboxRow } from "../store/index.ts";
import { addressOf, recipientOf } from "./address.ts";
import type { Asker, MessagesDeps } from "./types.ts";

type Status = OutputOf<typeof messageStatus>;

const ASK_MS = 4_000;
const QUEUE_PAGE = 500;
const iso = (at: number) => new Date(at).toISOString();

/** @throws FleetError `unknown-message`: also when it is none of the asker's */
export async function statusOf(deps: MessagesDeps, id: string, asker: Asker): Promise<Status> {
  const sent = deps.store.outbox.get(id);
  if (sent !== undefined && (asker.operator || sent.from_box === asker.mailbox)) return sentStatus(deps, sent);
  const known = deps.store.messages.known(id);
  if (known === undefined || !isAskers(known, asker)) throw new FleetError("unknown-message", `there is no message ${id} from or to you here`);
  return knownStatus(deps, known);
}

function isAskers({ from_key, from_box, mailbox }: KnownMessage, asker: Asker): boolean {
  if (asker.operator || mailbox === asker.mailbox) return true;
  return asker.caller?.key === undefined ? from_key === null && from_box === asker.mailbox : from_key === asker.caller.key;
}

function knownStatus({ store, node }: MessagesDeps, { id, mailbox, received_at, read_at }: KnownMessage): Status {
  const row = store.messages.get(id);
  return { id, state: read_at === null ? "delivered" : "read", to: addressOf(mailbox, node.name()), ...(row === undefined ? {} : { sentAt: iso(row.sent_at) }), deliveredAt: iso(received_at), ...(read_at === null ? {} : { readAt: iso(read_at) }) };
}

async function sentStatus(deps: MessagesDeps, row: OutboxRow): Promise<Status> {
  const to = recipientOf(row);
  const common = { id: row.id, to, sentAt: iso(row.created_at), ...(row.reason === null ? {} : { reason: row.reason }) };
  if (row.state === "queued") return { ...common, state: "queued", expiresAt: iso(row.expires_at) };
  const doneAt = iso(row.done_at ?? row.created_at);
  if (row.state !== "delivered") return { ...common, state: row.state, endedAt: doneAt };
  const delivered = { ...common, state: "delivered" as const, deliveredAt: doneAt };
  try {
    const peers = deps.peers();
    if (peers === undefined || row.key === null) return delivered;
    const there = await peers.ask({ name: row.node, key: row.key, pool: row.pool ?? "default" }, messageStatus, { id: row.id }, ASK_MS);
    return { ...there, to, sentAt: common.sentAt };
  } catch (error) {
    return { ...delivered, reason: `whether it was read is not known: ${FleetError.from(error).message}` };
  }
}

/** What waits for other nodes, of the asker or, for operators, of all. */
export function queueOf({ store, node }: MessagesDeps, asker: Asker): OutputOf<typeof messageQueue> {
  const rows = store.outbox.waiting(asker.operator ? null : asker.mailbox, QUEUE_PAGE);
  const messages = rows.map((row) => ({ id: row.id, from: addressOf(row.from_box, node.name()), to: recipientOf(row), subject: row.subject, sentAt: iso(row.created_at), expiresAt: iso(row.expires_at), ...(row.reason === null ? {} : { reason: row.reason }) }));
  return { messages, waiting: asker.operator ? store.outbox.usage().count : rows.length };
}
