// One agent per state directory: an exclusive SQLite transaction held for life. The kernel lets go of it when the process
// dies, however it dies, so there is no stale lock and no pid file to trust.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { FleetError } from "@fleetwire/shared/errors";

export type InstanceLock = Disposable;

/** @throws FleetError `agent-running` naming the holder's pid; `disk` */
export function acquireLock(stateDir: string): InstanceLock {
  const holder = join(stateDir, "agent.pid");
  let database: Database.Database | undefined;
  try {
    database = new Database(join(stateDir, "lock.db"), { timeout: 0 });
    database.exec("BEGIN EXCLUSIVE");
    // For people and for the refusal below; nothing trusts it.
    writeFileSync(holder, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    database?.close();
    const code = (error as { code?: unknown }).code;
    if (code === "SQLITE_BUSY" || code === "SQLITE_LOCKED") throw new FleetError("agent-running", `a node agent runs already for ${stateDir}${pidText(holder)}`);
    throw new FleetError("disk", `the lock in ${stateDir} can't be taken: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const held = database;
  return { [Symbol.dispose]: () => void held.close() };
}

function pidText(file: string): string {
  try {
    return `: process ${Number.parseInt(readFileSync(file, "utf8"), 10)}`;
  } catch {
    return "";
  }
}
