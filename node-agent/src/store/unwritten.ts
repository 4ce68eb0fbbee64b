// What happened while the database could not be written: known at once, written down when it can be. What has already
// happened (an end, a signal that was sent) is never refused for the disk's sake; what has not (a launch) is.
import { FleetError } from "@fleetwire/shared/errors";
import type { SessionId } from "@fleetwire/shared/ids";
import { hasEnded } from "@fleetwire/shared/domain";
import type { SessionRow, SessionsTable } from "./sessions-table.ts";

type Change = Partial<Omit<SessionRow, "id">>;

/** Whether the disk takes anything. */
export interface DiskState {
  failure: FleetError | undefined;
}

export interface PatientSessions extends SessionsTable {
  /** A session that is there already, whether or not the disk takes its row. */
  found(row: SessionRow): void;
}

export interface Unwritten {
  readonly sessions: PatientSessions;
  /** In one transaction of the caller's. */
  write(table: SessionsTable): void;
  clear(): void;
}

/** Runs it, unless or until the disk fails: then the answer is false. @throws whatever else goes wrong */
export function takes(disk: DiskState, work: () => void): boolean {
  if (disk.failure !== undefined) return false;
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof FleetError && error.code === "disk") return false;
    throw error;
  }
}

/** @param ensure tries the disk again. @throws FleetError `disk` */
export function createUnwritten(table: SessionsTable, disk: DiskState, ensure: () => void): Unwritten {
  const changes = new Map<SessionId, Change>();
  const rows = new Map<SessionId, SessionRow>();
  const isNone = () => changes.size === 0 && rows.size === 0;
  const merged = (row: SessionRow): SessionRow => ({ ...row, ...changes.get(row.id) });
  const all = () => [...table.all().filter(({ id }) => !rows.has(id)), ...rows.values()].map(merged).sort((a, b) => a.id - b.id);

  const sessions: PatientSessions = {
    insert(row) {
      ensure();
      table.insert(row);
    },
    found(row) {
      if (!takes(disk, () => table.insert(row))) rows.set(row.id, row);
    },
    update(id, change) {
      if (!takes(disk, () => table.update(id, change))) changes.set(id, { ...changes.get(id), ...change });
    },
    get(id) {
      const row = rows.get(id) ?? table.get(id);
      return row === undefined || isNone() ? row : merged(row);
    },
    byName(name) {
      const row = table.byName(name) ?? [...rows.values()].find((one) => one.name === name);
      return row === undefined || isNone() ? row : merged(row);
    },
    all: () => (isNone() ? table.all() : all()),
    inStates: (states) => (isNone() ? table.inStates(states) : all().filter(({ state }) => states.includes(state))),
    holders: () => (isNone() ? table.holders() : all().flatMap(({ id, gpus, state }) => (gpus === null || hasEnded(state) ? [] : [{ session: id, held: gpus.held }]))),
    dueForRestart: (now) => (isNone() ? table.dueForRestart(now) : all().filter(({ state, restart_at }) => restart_at !== null && restart_at <= now && hasEnded(state)).map(({ id }) => id)),
    nextRestart() {
      if (isNone()) return table.nextRestart();
      const times = all().flatMap(({ state, restart_at }) => (restart_at !== null && hasEnded(state) ? [restart_at] : []));
      return times.length === 0 ? undefined : Math.min(...times);
    },
    count() {
      if (isNone()) return table.count();
      const known = all();
      return { running: known.filter(({ state }) => !hasEnded(state)).length, total: known.length };
    },
    runningIn: (hostId) => (isNone() ? table.runningIn(hostId) : all().filter(({ host_id, state }) => host_id === hostId && !hasEnded(state)).length),
    remove(id) {
      ensure();
      table.remove(id);
    },
  };
  return {
    sessions,
    write(into) {
      for (const row of rows.values()) if (into.get(row.id) === undefined) into.insert(row.name !== null && into.byName(row.name) !== undefined ? { ...row, name: null } : row);
      for (const [id, change] of changes) into.update(id, change);
    },
    clear() {
      changes.clear();
      rows.clear();
    },
  };
}
