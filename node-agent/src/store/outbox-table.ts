// What was sent from this node to others: kept until it is there, and what became of it for a while longer.
import * as z from "zod/mini";
import type { Connection } from "./connection.ts";

const OutboxRow = z.object({
  /** Orders all that was sent. */
  place: z.int(),
  id: z.string(),
  /** The recipient's node as it was called. */
  node: z.string(),
  /** Its public key; null: it could not be looked up yet. */
  key: z.nullable(z.string()),
  pool: z.nullable(z.string()),
  /** A session's id or name; empty: the people there. */
  recipient: z.string(),
  from_box: z.string(),
  /** Of the sending session. */
  from_name: z.nullable(z.string()),
  subject: z.nullable(z.string()),
  /** Null once it has been delivered, refused or has expired. */
  text: z.nullable(z.string()),
  reply_to: z.nullable(z.string()),
  wants_reply: z.pipe(z.int(), z.transform((value) => value !== 0)),
  state: z.enum(["queued", "delivered", "refused", "expired"]),
  /** Why it is still queued, or was refused. */
  reason: z.nullable(z.string()),
  created_at: z.number(),
  done_at: z.nullable(z.number()),
  expires_at: z.number(),
  bytes: z.int(),
});
/** Times are milliseconds since 1970. */
export type OutboxRow = z.infer<typeof OutboxRow>;
export type NewOutgoing = Omit<OutboxRow, "place" | "state" | "reason" | "done_at">;

export interface OutboxTable {
  insert(message: NewOutgoing): void;
  get(id: string): OutboxRow | undefined;
  /** Oldest first, those of one lane: the node's key, or its name while that is not known. */
  queued(lane: string, afterPlace: number, limit: number): OutboxRow[];
  /** Whatever their lane, oldest first. `from`: of that mailbox only. */
  waiting(from: string | null, limit: number): OutboxRow[];
  /** Those that waited until this time or longer. */
  due(now: number): OutboxRow[];
  /** Every lane that something waits in, with the key where it is known. */
  lanes(): { readonly lane: string; readonly key: string | null }[];
  usage(): { readonly count: number; readonly bytes: number };
  /** The node was looked up: all that waits for that name goes to this key. */
  pin(node: string, key: string, pool: string): void;
  /** As it was when something was last sent to a node of that name; undefined when nothing was. */
  lastKey(node: string): { readonly key: string; readonly pool: string } | undefined;
  note(id: string, reason: string): void;
  finish(id: string, state: Exclude<OutboxRow["state"], "queued">, at: number, reason: string | null): void;
  remove(id: string): void;
  prune(before: number): void;
}

export function outboxTable(database: Connection): OutboxTable {
  const columns = "id, node, key, pool, recipient, from_box, from_name, subject, text, reply_to, wants_reply, created_at, expires_at, bytes";
  const insert = database.prepare(`INSERT INTO outbox (state, ${columns}) VALUES ('queued', ${columns.replace(/\w+/g, "@$&")})`);
  const get = database.prepare("SELECT * FROM outbox WHERE id = ?");
  const queued = database.prepare("SELECT * FROM outbox WHERE state = 'queued' AND coalesce(key, node) = ? AND place > ? ORDER BY place LIMIT ?");
  const waiting = database.prepare("SELECT * FROM outbox WHERE state = 'queued' AND (@from IS NULL OR from_box = @from) ORDER BY place LIMIT @limit");
  const due = database.prepare("SELECT * FROM outbox WHERE state = 'queued' AND expires_at <= ? ORDER BY place LIMIT 500");
  const lanes = database.prepare("SELECT DISTINCT coalesce(key, node) AS lane, key FROM outbox WHERE state = 'queued'");
  const usage = database.prepare("SELECT count(*) AS count, coalesce(sum(bytes), 0) AS bytes FROM outbox WHERE state = 'queued'");
  const pin = database.prepare("UPDATE outbox SET key = ?, pool = ? WHERE node = ? AND key IS NULL AND state = 'queued'");
  const lastKey = database.prepare("SELECT key, pool FROM outbox WHERE node = ? AND key IS NOT NULL ORDER BY place DESC LIMIT 1");
  const note = database.prepare("UPDATE outbox SET reason = ? WHERE id = ?");
  const finish = database.prepare("UPDATE outbox SET state = ?, done_at = ?, reason = ?, text = NULL WHERE id = ? AND state = 'queued'");
  const remove = database.prepare("DELETE FROM outbox WHERE id = ?");
  const prune = database.prepare("DELETE FROM outbox WHERE done_at < ?");
  return {
    insert: (message) => void insert.run({ ...message, wants_reply: message.wants_reply ? 1 : 0 }),
    get(id) {
      const row = get.get(id);
      return row === undefined ? undefined : database.parsed(() => OutboxRow.parse(row));
    },
    queued: (lane, place, limit) => database.parsed(() => queued.all(lane, place, limit).map((row) => OutboxRow.parse(row))),
    waiting: (from, limit) => database.parsed(() => waiting.all({ from, limit }).map((row) => OutboxRow.parse(row))),
    due: (now) => database.parsed(() => due.all(now).map((row) => OutboxRow.parse(row))),
    lanes: () => lanes.all() as { lane: string; key: string | null }[],
    usage: () => usage.get() as { count: number; bytes: number },
    pin: (node, key, pool) => void pin.run(key, pool, node),
    lastKey: (node) => lastKey.get(node) as { key: string; pool: string } | undefined,
    note: (id, reason) => void note.run(reason, id),
    finish: (id, state, at, reason) => void finish.run(state, at, reason, id),
    remove: (id) => void remove.run(id),
    prune: (before) => void prune.run(before),
  };
}
