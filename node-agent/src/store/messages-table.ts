// The inboxes of this node: one for each session, one for its people, one for each caller that has no node of its own.
import * as z from "zod/mini";
import type { Connection } from "./connection.ts";

const flag = z.pipe(z.int(), z.transform((value) => value !== 0));

const MessageRow = z.object({
  /** Orders all messages of this node. */
  place: z.int(),
  id: z.string(),
  /** `notice`: the node's own word about a message that could not be delivered. */
  kind: z.enum(["message", "notice"]),
  mailbox: z.string(),
  /** The sender's node, or the sender itself where it has none; null: this node. */
  from_key: z.nullable(z.string()),
  /** What that node was called; null: this node. */
  from_node: z.nullable(z.string()),
  /** The sender's mailbox there. */
  from_box: z.string(),
  /** Its name: of a session, or of a credential. */
  from_name: z.nullable(z.string()),
  /** Of a sender without a node: the role it proved. */
  from_role: z.nullable(z.string()),
  subject: z.nullable(z.string()),
  text: z.string(),
  reply_to: z.nullable(z.string()),
  wants_reply: flag,
  sent_at: z.number(),
  received_at: z.number(),
  read_at: z.nullable(z.number()),
  /** What it counts for in its mailbox. */
  bytes: z.int(),
});
/** Times are milliseconds since 1970; `sent_at` by the sender's clock. */
export type MessageRow = z.infer<typeof MessageRow>;
export type NewMessage = Omit<MessageRow, "place" | "read_at">;

const KnownMessage = z.object({ id: z.string(), from_key: z.nullable(z.string()), from_box: z.string(), mailbox: z.string(), received_at: z.number(), read_at: z.nullable(z.number()) });
/** A message that this node took once, whether or not it is still there. */
export type KnownMessage = z.infer<typeof KnownMessage>;

export interface MessagesTable {
  /** And remembers its id. */
  insert(message: NewMessage): void;
  known(id: string): KnownMessage | undefined;
  get(id: string): MessageRow | undefined;
  /** Of a mailbox, oldest first. */
  after(mailbox: string, place: number, limit: number): MessageRow[];
  /** Of a mailbox, unread ones only, oldest first. */
  unreadAfter(mailbox: string, place: number, limit: number): MessageRow[];
  /** Answers to a message, in a mailbox. */
  repliesTo(mailbox: string, id: string): MessageRow[];
  usage(mailbox: string): { readonly count: number; readonly bytes: number };
  /** How many unread ones each mailbox has; those without any are not there. */
  unread(): ReadonlyMap<string, number>;
  /** @returns whether it was unread */
  markRead(id: string, at: number): boolean;
  /** The oldest one of a mailbox that was read. @returns whether there was one */
  removeOldestRead(mailbox: string): boolean;
  remove(id: string): void;
  removeMailbox(mailbox: string): void;
  /** Forgets ids of messages that came before this time. */
  pruneKnown(before: number): void;
}

/** @param onChange before whatever changes how many are unread */
export function messagesTable(database: Connection, onChange: () => void = () => {}): MessagesTable {
  const columns = "id, kind, mailbox, from_key, from_node, from_box, from_name, from_role, subject, text, reply_to, wants_reply, sent_at, received_at, bytes";
  const insert = database.prepare(`INSERT INTO messages (${columns}) VALUES (${columns.replace(/\w+/g, "@$&")})`);
  const remember = database.prepare("INSERT INTO message_ids (id, from_key, from_box, mailbox, received_at) VALUES (@id, @from_key, @from_box, @mailbox, @received_at)");
  const known = database.prepare("SELECT * FROM message_ids WHERE id = ?");
  const get = database.prepare("SELECT * FROM messages WHERE id = ?");
  const after = database.prepare("SELECT * FROM messages WHERE mailbox = ? AND place > ? ORDER BY place LIMIT ?");
  const unreadAfter = database.prepare("SELECT * FROM messages WHERE mailbox = ? AND place > ? AND read_at IS NULL ORDER BY place LIMIT ?");
  const replies = database.prepare("SELECT * FROM messages WHERE mailbox = ? AND reply_to = ? ORDER BY place LIMIT 100");
  const usage = database.prepare("SELECT count(*) AS count, coalesce(sum(bytes), 0) AS bytes FROM messages WHERE mailbox = ?");
  const unread = database.prepare("SELECT mailbox, count(*) AS count FROM messages WHERE read_at IS NULL GROUP BY mailbox");
  const markRead = database.prepare("UPDATE messages SET read_at = ? WHERE id = ? AND read_at IS NULL");
  const noteRead = database.prepare("UPDATE message_ids SET read_at = ? WHERE id = ?");
  const removeRead = database.prepare("DELETE FROM messages WHERE place = (SELECT min(place) FROM messages WHERE mailbox = ? AND read_at IS NOT NULL)");
  const remove = database.prepare("DELETE FROM messages WHERE id = ?");
  const removeMailbox = database.prepare("DELETE FROM messages WHERE mailbox = ?");
  const prune = database.prepare("DELETE FROM message_ids WHERE received_at < ?");
  const many = (rows: unknown[]) => database.parsed(() => rows.map((row) => MessageRow.parse(row)));
  return {
    insert(message) {
      onChange();
      const row = { ...message, wants_reply: message.wants_reply ? 1 : 0 };
      insert.run(row);
      remember.run({ id: row.id, from_key: row.from_key, from_box: row.from_box, mailbox: row.mailbox, received_at: row.received_at });
    },
    known(id) {
      const row = known.get(id);
      return row === undefined ? undefined : database.parsed(() => KnownMessage.parse(row));
    },
    get: (id) => many([get.get(id)].filter((row) => row !== undefined))[0],
    after: (mailbox, place, limit) => many(after.all(mailbox, place, limit)),
    unreadAfter: (mailbox, place, limit) => many(unreadAfter.all(mailbox, place, limit)),
    repliesTo: (mailbox, id) => many(replies.all(mailbox, id)),
    usage: (mailbox) => usage.get(mailbox) as { count: number; bytes: number },
    unread: () => new Map((unread.all() as { mailbox: string; count: number }[]).map(({ mailbox, count }) => [mailbox, count])),
    markRead(id, at) {
      onChange();
      const changed = markRead.run(at, id).changes > 0;
      if (changed) noteRead.run(at, id);
      return changed;
    },
    removeOldestRead: (mailbox) => removeRead.run(mailbox).changes > 0,
    remove(id) {
      onChange();
      remove.run(id);
    },
    removeMailbox(mailbox) {
      onChange();
      removeMailbox.run(mailbox);
    },
    pruneKnown: (before) => void prune.run(before),
  };
}
