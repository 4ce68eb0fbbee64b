import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FleetError } from "@fleetwire/shared/errors";
import { Connection } from "./connection.ts";
import { createEventLog, type EventBounds, type EventLog } from "./event-log.ts";
import { eventsTable } from "./events-table.ts";
import { openDatabase } from "./open-database.ts";
import type { DiskState } from "./unwritten.ts";

const DAY = 86_400_000;
let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "fwl-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function open(bounds: EventBounds = { count: 10_000, age: 7 * DAY }, now: () => number = Date.now) {
  const { database } = openDatabase(join(directory, "fleet.db"), 0);
  const connection = new Connection(directory, database, { damaged: () => undefined, failed: () => undefined });
  const disk: DiskState = { failure: undefined };
  const table = eventsTable(connection);
  const log = createEventLog({ table, disk, bounds: () => bounds, transaction: (work) => connection.transaction(work), now });
  return { log, disk, table, close: () => database.close() };
}
const add = (log: EventLog, at = Date.now()) => log.append(at, (position) => JSON.stringify(position));
const seqs = (log: EventLog) => log.after(0, 10_000).map(({ seq }) => seq);
const ordered = (log: EventLog) => log.after(0, 10_000).map(({ epoch, seq }) => `${epoch}.${seq}`);

describe("the node's event log", () => {
  it("numbers without gaps, also over a start of the agent", () => {
    const first = open();
    for (let n = 0; n < 5; n++) add(first.log);
    first.close();
    const again = open();
    expect(add(again.log)).toMatchObject({ epoch: first.log.last().epoch, seq: 6 });
    expect(seqs(again.log)).toEqual([1, 2, 3, 4, 5, 6]);
    again.close();
  });

  it("keeps so many and so long; the last one stays for its number", () => {
    let now = 10 * DAY;
    const { log, close } = open({ count: 100, age: DAY }, () => now);
    for (let n = 0; n < 500; n++) add(log, now);
    expect(seqs(log).length).toBeLessThan(200);
    expect(seqs(log).at(-1)).toBe(500);
    now += 2 * DAY;
    for (let n = 0; n < 66; n++) add(log, now);
    expect(log.after(0, 1_000).every(({ at }) => at === now)).toBe(true);
    expect(log.last().seq).toBe(566);
    close();
  });

  it("begins another epoch while the disk takes nothing, and writes it all down in order when it does", () => {
    const { log, disk, table, close } = open();
    const before = add(log);
    disk.failure = new FleetError("disk", "no space left");
    const meanwhile = [add(log), add(log)];
    expect(meanwhile.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(meanwhile[0]?.epoch).not.toBe(before.epoch);
    expect(ordered(log)).toHaveLength(3);
    expect(table.last()?.epoch).toBe(before.epoch);
    expect(log.after(log.locate(before).place, 10).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(log.before(Number.POSITIVE_INFINITY, 2).map(({ seq }) => seq)).toEqual([2, 1]);
    disk.failure = undefined;
    const after = add(log);
    expect(after).toMatchObject({ epoch: meanwhile[0]?.epoch, seq: 3 });
    expect(table.after(0, 10).map(({ seq }) => seq)).toEqual([1, 1, 2, 3]);
    close();
  });

  it("gives no number twice after a crash with a full disk", () => {
    const { log, disk, close } = open();
    add(log);
    disk.failure = new FleetError("disk", "no space left");
    const lost = add(log);
    close();
    const again = open();
    expect(`${add(again.log).epoch}.${again.log.last().seq}`).not.toBe(`${lost.epoch}.${lost.seq}`);
    again.close();
  });

  it("says where a reader goes on, and what it has missed", () => {
    const { log, close } = open({ count: 10, age: 7 * DAY }, () => 5_000);
    for (let n = 0; n < 132; n++) add(log, 1_000 + n);
    const { epoch } = log.last();
    const next = (position: { epoch: string; seq: number; at?: number }) => ({ seq: log.after(log.locate(position).place, 1)[0]?.seq, gap: log.locate(position).gap });
    const first = seqs(log)[0] as number;
    expect(first).toBeGreaterThan(100);
    expect(next({ epoch, seq: 128 })).toEqual({ seq: 129, gap: undefined });
    expect(next({ epoch, seq: 132 })).toEqual({ seq: undefined, gap: undefined });
    expect(next({ epoch, seq: first - 1 })).toEqual({ seq: first, gap: undefined });
    expect(next({ epoch, seq: first - 2 })).toEqual({ seq: first, gap: "expired" });
    expect(next({ epoch: "another", seq: 5 })).toEqual({ seq: first, gap: "epoch" });
    expect(next({ epoch: "another", seq: 5, at: 1_127 })).toEqual({ seq: 128, gap: "epoch" });
    close();
  });

  it("takes what happens also when the database can't be read any more", () => {
    const { log, table, close } = open();
    add(log);
    const whole = { ...table };
    table.insert = () => {
      throw new FleetError("database-damaged", "the database was damaged");
    };
    const meanwhile = add(log);
    Object.assign(table, whole);
    expect(add(log)).toMatchObject({ epoch: meanwhile.epoch, seq: 2 });
    expect(seqs(log)).toEqual([1, 1, 2]);
    close();
  });

  it("begins anew when the database was lost", () => {
    const { log, close } = open();
    const before = add(log);
    log.begin();
    expect(add(log)).toMatchObject({ seq: 1 });
    expect(log.last().epoch).not.toBe(before.epoch);
    close();
  });
});
