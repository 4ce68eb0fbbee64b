import type { Connection } from "./connection.ts";

export interface CountersTable {
  /** Adds one and answers the new value; a counter that isn't there begins after `floor`. */
  next(name: string, floor?: number): number;
  read(name: string): number;
  /** The counter is at least this from now on. */
  raise(name: string, floor: number): void;
}

export function countersTable(database: Connection): CountersTable {
  const next = database.prepare("INSERT INTO counters (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value").pluck();
  const read = database.prepare("SELECT value FROM counters WHERE name = ?").pluck();
  const raise = database.prepare("INSERT INTO counters (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)");
  return {
    next: (name, floor = 0) => Number(next.get(name, floor + 1)),
    read: (name) => Number(read.get(name) ?? 0),
    raise: (name, floor) => void raise.run(name, floor),
  };
}
