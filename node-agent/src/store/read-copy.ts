// A database that can't be opened for writing (a full or read-only disk) as a copy in memory: what it says is known, and
// nothing that is written to the copy is kept.
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { prepareTables } from "./open-database.ts";

export interface Copy {
  readonly database: Database.Database;
  /** What was written last may be missing. */
  readonly partial: boolean;
}

/** The newest state that can be read; empty tables when none can. */
export function openCopy(file: string): Copy {
  for (const read of [whole, lastCheckpoint]) {
    try {
      const database = new Database(read(file));
      prepareTables(database, file);
      return { database, partial: read !== whole };
    } catch {
      continue;
    }
  }
  const database = new Database(":memory:");
  prepareTables(database, file);
  return { database, partial: true };
}

/** With what is in its journal only; needs room somewhere else. */
function whole(file: string): Buffer {
  const directory = mkdtempSync(join(tmpdir(), "fleet-"));
  try {
    const copy = join(directory, "fleet.db");
    for (const suffix of ["", "-wal"]) if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix);
    const database = new Database(copy);
    try {
      database.pragma("journal_mode = DELETE");
      return database.serialize();
    } finally {
      database.close();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function lastCheckpoint(file: string): Buffer {
  const bytes = readFileSync(file);
  // The header says that there is a journal beside it (2); a copy in memory has none (1).
  bytes.fill(1, 18, 20);
  return bytes;
}
