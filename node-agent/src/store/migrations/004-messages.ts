import type { Migration } from "./index.ts";

/**
 * `messages`: the inboxes of this node. `message_ids`: every message it ever took, also those that were removed, so that one
 * that is delivered again is known. `outbox`: what was sent from here to other nodes, with what became of it.
 */
export const messages: Migration = {
  version: 4,
  sql: `
    CREATE TABLE messages (
      place INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      kind TEXT NOT NULL,
      mailbox TEXT NOT NULL,
      from_key TEXT,
      from_node TEXT,
      from_box TEXT NOT NULL,
      from_name TEXT,
      from_role TEXT,
      subject TEXT,
      text TEXT NOT NULL,
      reply_to TEXT,
      wants_reply INTEGER NOT NULL,
      sent_at INTEGER NOT NULL,
      received_at INTEGER NOT NULL,
      read_at INTEGER,
      bytes INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX messages_mailbox ON messages (mailbox, place);
    CREATE INDEX messages_unread ON messages (mailbox) WHERE read_at IS NULL;
    CREATE INDEX messages_reply ON messages (reply_to) WHERE reply_to IS NOT NULL;
    CREATE TABLE message_ids (
      id TEXT PRIMARY KEY,
      from_key TEXT,
      from_box TEXT NOT NULL,
      mailbox TEXT NOT NULL,
      received_at INTEGER NOT NULL,
      read_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX message_ids_at ON message_ids (received_at);
    CREATE TABLE outbox (
      place INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      node TEXT NOT NULL,
      key TEXT,
      pool TEXT,
      recipient TEXT NOT NULL,
      from_box TEXT NOT NULL,
      from_name TEXT,
      subject TEXT,
      text TEXT,
      reply_to TEXT,
      wants_reply INTEGER NOT NULL,
      state TEXT NOT NULL,
      reason TEXT,
      created_at INTEGER NOT NULL,
      done_at INTEGER,
      expires_at INTEGER NOT NULL,
      bytes INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX outbox_queued ON outbox (place) WHERE state = 'queued';
    CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at IS NOT NULL;
  `,
};
