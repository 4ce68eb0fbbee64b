import type { Migration } from "./index.ts";

/** What a session wished of GPUs, and those that it has the lease of while it runs. */
export const gpus: Migration = {
  version: 2,
  sql: `
    ALTER TABLE sessions ADD COLUMN gpus TEXT;
    CREATE INDEX sessions_gpus ON sessions (state) WHERE gpus IS NOT NULL;
  `,
};
