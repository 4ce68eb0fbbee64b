import type { Migration } from "./index.ts";

export const events: Migration = {
  version: 3,
  sql: `
    CREATE TABLE events (
      place INTEGER PRIMARY KEY AUTOINCREMENT,
      epoch TEXT NOT NULL,
      seq INTEGER NOT NULL,
      at INTEGER NOT NULL,
      body TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX events_seq ON events (epoch, seq);
    CREATE INDEX events_at ON events (at);
  `,
};
