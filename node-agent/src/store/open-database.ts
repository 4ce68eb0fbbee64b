// Opens the database, or sets a damaged one aside and begins a new one. What the new one lacks is rebuilt from what runs.
import { closeSync, existsSync, openSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { FleetError } from "@fleetwire/shared/errors";
import { checkContent } from "./check-content.ts";
import { Damage, diskError, isDamage } from "./connection.ts";
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
    if (!isDamage(error)) throw refused(file, error);
  }
  const setAside = putAside(file, now);
  try {
    return { ...open(file, migrations), setAside };
  } catch (error) {
    throw refused(file, error);
  }
}

/** @returns where it lies now; undefined when there was nothing */
export function putAside(file: string, now: number): string | undefined {
  const aside = `${file}.corrupt-${new Date(now).toISOString().replace(/[:.]/g, "-")}`;
  const there = ["", "-wal", "-shm"].filter((suffix) => existsSync(file + suffix));
  for (const suffix of there) renameSync(file + suffix, aside + suffix);
  return there.length === 0 ? undefined : aside;
}

function refused(file: string, error: unknown): FleetError {
  if (error instanceof FleetError) return error;
  return diskError(error, dirname(file)) ?? new FleetError("disk", `${file} can't be opened: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}

function open(file: string, migrations: readonly Migration[]): Pick<OpenedDatabase, "database" | "isNew"> {
  // Made by us, so that its mode doesn't depend on anybody's umask.
  closeSync(openSync(file, "a", 0o600));
  const database = new Database(file);
  try {
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = NORMAL");
    database.pragma("foreign_keys = ON");
    return { database, isNew: prepareTables(database, file, migrations) };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The database is sound and has the tables of this release. @returns whether it had none before */
export function prepareTables(database: Database.Database, file: string, migrations: readonly Migration[] = MIGRATIONS): boolean {
  const verdict = database.pragma("quick_check(1)", { simple: true });
  if (verdict !== "ok") throw new Damage(String(verdict));
  const version = Number(database.pragma("user_version", { simple: true }));
  const isNew = version === 0;
  const hasTables = database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() !== undefined;
  if (isNew === hasTables || version < 0 || version > MOST_VERSIONS) throw new Damage(`version ${version}, ${hasTables ? "with" : "without"} tables`);
  migrate(database, file, migrations);
  const missing = TABLES.filter((table) => database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) === undefined);
  if (missing.length > 0) throw new Damage(`without ${missing.join(", ")}`);
  if (migrations === MIGRATIONS) checkContent(database);
  return isNew;
}

/** Beyond this it is no number of a release that is newer than ours. */
const MOST_VERSIONS = 10_000;

/** What every version of the tables has. */
const TABLES = ["sessions", "operations", "settings", "direct_tokens", "counters"];
