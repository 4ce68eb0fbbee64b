// One agent per state directory, and one per directory of sockets: an exclusive SQLite transaction on each, held for life.
// The kernel lets go of it when the process dies, however it dies, so there is no stale lock and no pid file to trust.
// Two, because a state directory that has become read-only can't be locked any more, and its sessions are to be reached
// all the same.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { FleetError } from "@fleetwire/shared/errors";
import { diskError } from "./connection.ts";

export type InstanceLock = Disposable;

/** @throws FleetError `agent-running` naming the holder's pid; `disk` when neither directory can be locked */
export function acquireLock(stateDir: string, runDir: string): InstanceLock {
  const held: Database.Database[] = [];
  const release = () => {
    for (const database of held) database.close();
  };
  const holder = join(stateDir, "agent.pid");
  let failure: unknown;
  for (const directory of new Set([runDir, stateDir])) {
    try {
      held.push(lock(directory));
    } catch (error) {
      failure = error;
      const { code } = error as { code?: unknown };
      if (code !== "SQLITE_BUSY" && code !== "SQLITE_LOCKED") continue;
      release();
      throw new FleetError("agent-running", `a node agent runs already for ${stateDir}${pidText(holder)}`);
    }
  }
  if (held.length === 0) throw diskError(failure, stateDir) ?? new FleetError("disk", `the lock in ${stateDir} can't be taken: ${failure instanceof Error ? failure.message : String(failure)}`, { cause: failure });
  try {
    // For people and for the refusal above; nothing trusts it.
    writeFileSync(holder, `${process.pid}\n`, { mode: 0o600 });
  } catch {
    // A disk that is full or read-only.
  }
  return { [Symbol.dispose]: release };
}

function lock(directory: string): Database.Database {
  const database = new Database(join(directory, "lock.db"), { timeout: 0 });
  try {
    // Nothing is ever written, not even a journal: a lock can be taken on a disk that is full.
    database.pragma("journal_mode = MEMORY");
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function pidText(file: string): string {
  try {
    const pid = Number.parseInt(readFileSync(file, "utf8"), 10);
    return Number.isNaN(pid) ? "" : `: process ${pid}`;
  } catch {
    return "";
  }
}
