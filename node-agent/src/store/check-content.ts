// Whether every row can be read as what it has to be: SQLite's own check sees torn pages, not a wrong byte in a text.
import type Database from "better-sqlite3";
import { Connection, Damage } from "./connection.ts";
import { countersTable } from "./counters-table.ts";
import { eventsTable } from "./events-table.ts";
import { messagesTable } from "./messages-table.ts";
import { operationsTable } from "./operations-table.ts";
import { outboxTable } from "./outbox-table.ts";
import { sessionsTable } from "./sessions-table.ts";
import { settingsTable } from "./settings-table.ts";
import { tokensTable } from "./tokens-table.ts";

/** @throws Damage */
export function checkContent(database: Database.Database): void {
  const connection = new Connection("", database, { damaged: () => undefined, failed: () => undefined });
  try {
    sessionsTable(connection).all();
    settingsTable(connection).read();
    tokensTable(connection).all();
    operationsTable(connection).get("");
    countersTable(connection).read("session");
    eventsTable(connection).last();
    messagesTable(connection).unread();
    outboxTable(connection).lanes();
  } catch (error) {
    throw new Damage("a row is not what it has to be", { cause: error });
  }
}
