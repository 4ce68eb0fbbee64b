// Numbers the node's events without gaps and keeps them. Where a number might be given twice (the machine went down with
// what the disk had not yet, the disk takes nothing, the database was lost) a new epoch begins instead.
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { EventPosition } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { EventRow, EventsTable, NewEvent } from "./events-table.ts";
import { takes, type DiskState } from "./unwritten.ts";

/** Events remembered while the disk takes none. */
const UNWRITTEN = 1_000;
const PRUNE_EVERY = 64;
/** Places of events that are not in the table yet lie behind all that are. */
const BEHIND = 2 ** 52;

export interface EventBounds {
  readonly count: number;
  /** Milliseconds. */
  readonly age: number;
}

export interface EventLog {
  /** @param body the event's JSON with its position in it. @param at milliseconds since 1970 */
  append(at: number, body: (position: EventPosition) => string): EventPosition;
  /** The last number given; 0 before the first. */
  last(): EventPosition;
  /** Oldest first. */
  after(place: number, limit: number): EventRow[];
  /** Newest first; `Infinity` begins at the end. */
  before(place: number, limit: number): EventRow[];
  /** Where a reader goes on after a position, and why that is not what was asked for. */
  locate(position: EventPosition): { readonly place: number; readonly gap?: "expired" | "epoch" };
  /** The place before the first event at this time or later. */
  placeBefore(at: number): number;
  /** What was kept is gone. */
  begin(): void;
}

export interface EventLogDeps {
  readonly table: EventsTable;
  readonly disk: DiskState;
  readonly bounds: () => EventBounds;
  readonly transaction: (work: () => void) => void;
  readonly now: () => number;
}

export function createEventLog({ table, disk, bounds, transaction, now }: EventLogDeps): EventLog {
  const boot = bootMark();
  const newEpoch = () => `${randomBytes(6).toString("base64url")}${boot}`;
  let unwritten: EventRow[] = [];
  let [epoch, seq] = continued(table, boot) ?? [newEpoch(), 0];
  let untilPrune = 0;

  function next(at: number, body: (position: EventPosition) => string): NewEvent {
    return { epoch, seq: ++seq, at, body: body({ epoch, seq, at }) };
  }
  function begin(): void {
    [epoch, seq] = [newEpoch(), 0];
  }
  /** What happened is never refused, whatever is wrong with the database: that is seen to elsewhere. */
  function written(work: () => void): boolean {
    try {
      return takes(disk, work);
    } catch (error) {
      if (error instanceof FleetError && error.code === "database-damaged") return false;
      throw error;
    }
  }
  /** What waited is written first, so that the table has all in order. */
  function flush(): void {
    if (unwritten.length === 0 || disk.failure !== undefined) return;
    if (written(() => transaction(() => unwritten.forEach((event) => table.insert(event))))) unwritten = [];
  }
  function prune(): void {
    if (untilPrune-- > 0) return;
    untilPrune = PRUNE_EVERY;
    const { count, age } = bounds();
    written(() => table.prune(now() - age, count));
  }

  return {
    append(at, body) {
      flush();
      if (unwritten.length === 0 && disk.failure === undefined) {
        const event = next(at, body);
        if (written(() => table.insert(event))) {
          prune();
          return event;
        }
      }
      // The table doesn't have the number that was meant: who reads it after a crash would give it again.
      if (unwritten.length === 0) begin();
      const event = next(at, body);
      unwritten.push({ ...event, place: BEHIND + seq });
      if (unwritten.length > UNWRITTEN) unwritten.shift();
      return event;
    },
    last: () => ({ epoch, seq }),
    after(place, limit) {
      const rows = place >= BEHIND ? [] : table.after(place, limit);
      return [...rows, ...unwritten.filter((row) => row.place > place)].slice(0, limit);
    },
    before(place, limit) {
      const waiting = unwritten.filter((row) => row.place < place).toReversed().slice(0, limit);
      return [...waiting, ...(waiting.length < limit ? table.before(Math.min(place, BEHIND), limit - waiting.length) : [])];
    },
    locate(position) {
      const waiting = unwritten.find((row) => row.epoch === position.epoch && row.seq === position.seq);
      const there = waiting ?? table.find(position.epoch, position.seq);
      if (there !== undefined) return { place: there.place };
      const known = table.epochBounds(position.epoch);
      if (known === undefined) {
        if (position.epoch === epoch && unwritten.length > 0) return { place: (unwritten[0] as EventRow).place - 1, ...(position.seq + 1 < (unwritten[0] as EventRow).seq ? { gap: "expired" as const } : {}) };
        if (position.epoch === epoch && position.seq === 0) return { place: table.last()?.place ?? 0 };
        return { place: position.at === undefined ? 0 : table.placeBefore(position.at), gap: "epoch" };
      }
      // The reader has more of that epoch than the disk kept: it lacks nothing.
      if (position.seq > known.last.seq) return { place: known.last.place };
      return { place: known.first.place - 1, ...(position.seq + 1 < known.first.seq ? { gap: "expired" as const } : {}) };
    },
    placeBefore: (at) => table.placeBefore(at),
    begin() {
      // What waits in memory has an epoch that no table had yet.
      if (unwritten.length === 0) begin();
    },
  };
}

/** The last epoch goes on only within one boot: before it, rows that were written may not have reached the disk. */
function continued(table: EventsTable, boot: string): [string, number] | undefined {
  const last = table.last();
  return last !== undefined && last.epoch.endsWith(boot) ? [last.epoch, last.seq] : undefined;
}

/** The same until the machine starts again; where the system doesn't tell, another one each time. */
function bootMark(): string {
  try {
    return createHash("sha256").update(readFileSync("/proc/sys/kernel/random/boot_id")).digest("base64url").slice(0, 6);
  } catch {
    return randomBytes(5).toString("base64url").slice(0, 6);
  }
}
