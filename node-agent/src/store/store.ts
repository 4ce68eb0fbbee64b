// The authority for what this node owns (DESIGN §6).
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { SessionId } from "@fleetwire/shared/ids";
import { countersTable } from "./counters-table.ts";
import { openLastId } from "./last-id.ts";
import { openDatabase } from "./open-database.ts";
import { operationsTable, type OperationsTable } from "./operations-table.ts";
import { sessionsTable, type SessionsTable } from "./sessions-table.ts";
import { settingsTable, type SettingsTable } from "./settings-table.ts";
import { tokensTable, type TokensTable } from "./tokens-table.ts";

export interface Store extends Disposable {
  readonly sessions: SessionsTable;
  readonly operations: OperationsTable;
  readonly settings: SettingsTable;
  readonly tokens: TokensTable;
  /** Where a damaged database was put. */
  readonly setAside: string | undefined;
  /** This one is new although there were sessions: it is to be rebuilt from what runs and what was written beside the logs. */
  readonly lost: boolean;
  /** An id that no session of this node ever had. */
  nextSessionId(): SessionId;
  /** Revision of the tables; grows with every change that others should see. */
  rev(): number;
  bumpRev(): number;
  transaction<T>(work: () => T): T;
}

/** @param stateDir holds `fleet.db` and `sessions/<id>/`. @throws FleetError `version-skew`, `disk` */
export function openStore(stateDir: string, now = Date.now()): Store {
  const { database, setAside, isNew } = openDatabase(join(stateDir, "fleet.db"), now);
  const counters = countersTable(database);
  const highest = Number(database.prepare("SELECT coalesce(max(id), 0) FROM sessions").pluck().get());
  const lastId = openLastId(join(stateDir, "last-session-id"));
  const floor = Math.max(highest, highestDirectory(join(stateDir, "sessions")), lastId.first);
  counters.raise("session", floor);
  // Seconds since 1970 to begin with: greater than any revision of a database that was lost.
  counters.raise("rev", isNew ? Math.floor(now / 1000) : 0);
  return {
    sessions: sessionsTable(database),
    operations: operationsTable(database),
    settings: settingsTable(database),
    tokens: tokensTable(database),
    setAside,
    lost: isNew && floor > 0,
    nextSessionId() {
      const id = SessionId.parse(counters.next("session"));
      lastId.note(id);
      return id;
    },
    rev: () => counters.read("rev"),
    bumpRev: () => counters.next("rev"),
    transaction: (work) => database.transaction(work)(),
    [Symbol.dispose]() {
      lastId[Symbol.dispose]();
      database.close();
    },
  };
}

/** The ids that logs on disk have: a lost database must not make a new session write into an old log. */
function highestDirectory(directory: string): number {
  try {
    return readdirSync(directory).reduce((highest, name) => (/^\d{1,10}$/.test(name) ? Math.max(highest, Number(name)) : highest), 0);
  } catch {
    return 0;
  }
}
