import type { Migration } from "./index.ts";

export const first: Migration = {
  version: 1,
  sql: `
    CREATE TABLE sessions (
      id INTEGER PRIMARY KEY,
      name TEXT UNIQUE,
      tags TEXT NOT NULL,
      command TEXT NOT NULL,
      cwd TEXT NOT NULL,
      state TEXT NOT NULL,
      exit TEXT,
      pid INTEGER,
      cols INTEGER NOT NULL,
      rows INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      started_at INTEGER,
      ended_at INTEGER,
      last_output_at INTEGER,
      output_bytes INTEGER NOT NULL DEFAULT 0,
      log_start INTEGER NOT NULL DEFAULT 0,
      restart TEXT NOT NULL DEFAULT 'no',
      restart_command TEXT,
      restart_at INTEGER,
      restarts INTEGER NOT NULL DEFAULT 0,
      kill_requested INTEGER NOT NULL DEFAULT 0,
      launched_by TEXT,
      host_id TEXT,
      epoch TEXT NOT NULL,
      env TEXT NOT NULL,
      warning TEXT
    ) STRICT;
    CREATE INDEX sessions_state ON sessions (state);
    CREATE TABLE operations (
      id TEXT PRIMARY KEY,
      caller TEXT NOT NULL,
      verb TEXT NOT NULL,
      digest TEXT NOT NULL,
      state TEXT NOT NULL,
      outcome TEXT,
      at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX operations_at ON operations (at);
    CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE direct_tokens (
      name TEXT PRIMARY KEY,
      hash TEXT NOT NULL UNIQUE,
      role TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
};
