// Opens the database, or sets a damaged one aside and begins a new one. What the new one lacks is rebuilt from what runs.
import { closeSync, existsSync, openSync, renameSync } from "node:fs";
import Database from "better-sqlite3";
import { FleetError } from "@fleetwire/shared/errors";
import { migrate } from "./migrate.ts";
import { MIGRATIONS, type Migration } from "./migrations/index.ts";

export interface OpenedDatabase {
  readonly database: Database.Database;
  /** Where the damaged one lies now; undefined when there was none. */
  readonly setAside: string | undefined;
  /** It had no tables before. */
  readonly isNew: boolean;
}

/** @throws FleetError `version-skew`, `disk` */
export function openDatabase(file: string, now: number, migrations: readonly Migration[] = MIGRATIONS): OpenedDatabase {
  try {
    return { ...open(file, migrations), setAside: undefined };
  } catch (error) {
    if (error instanceof FleetError) throw error;
    if (!isDamage(error)) throw new FleetError("disk", `${file} can't be opened: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const setAside = `${file}.corrupt-${new Date(now).toISOString().replace(/[:.]/g, "-")}`;
  for (const suffix of ["", "-wal", "-shm"]) if (existsSync(file + suffix)) renameSync(file + suffix, setAside + suffix);
  return { ...open(file, migrations), setAside };
}

function open(file: string, migrations: readonly Migration[]): Pick<OpenedDatabase, "database" | "isNew"> {
  // Made by us, so that its mode doesn't depend on anybody's umask.
  closeSync(openSync(file, "a", 0o600));
  const database = new Database(file);
  try {
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = NORMAL");
    database.pragma("foreign_keys = ON");
    const verdict = database.pragma("quick_check(1)", { simple: true });
    if (verdict !== "ok") throw new Damage(String(verdict));
    const isNew = database.pragma("user_version", { simple: true }) === 0;
    migrate(database, file, migrations);
    const missing = TABLES.filter((table) => database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) === undefined);
    if (missing.length > 0) throw new Damage(`without ${missing.join(", ")}`);
    return { database, isNew };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** What every version of the tables has. */
const TABLES = ["sessions", "operations", "settings", "direct_tokens", "counters"];

class Damage extends Error {}

function isDamage(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return error instanceof Damage || (typeof code === "string" && /^SQLITE_(CORRUPT|NOTADB|FORMAT|IOERR_SHORT_READ)/.test(code));
}
