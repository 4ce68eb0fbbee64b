// All rows, by key and by name. A name is one row's: whose beats came last under it while nobody living had it.
import type { NodeName, PublicKey } from "@fleetwire/shared/ids";
import { newRow, type Row } from "./row.ts";

export interface Table {
  get(key: string): Row | undefined;
  byName(name: string): Row | undefined;
  all(): Iterable<Row>;
  size(): number;
  /** In the order of names; rows whose name is another's now are left out. */
  sorted(): readonly Row[];
  put(row: Row): void;
  /** The row's name is this row's from now on; `before`: what it was called. */
  named(row: Row, before: string): void;
  remove(key: string): void;
}

export function createTable(): Table {
  const rows = new Map<string, Row>();
  // Kept up with each change: at the start of a big fleet there are thousands of new names in a second.
  const names = new Map<string, Row>();
  let order: readonly Row[] | undefined;

  function release(name: string, row: Row): void {
    if (names.get(name) !== row) return;
    names.delete(name);
    const heir = [...rows.values()].filter((other) => other !== row && other.name === name).toSorted((a, b) => b.heardAt - a.heardAt)[0];
    if (heir !== undefined) names.set(name, heir);
  }

  return {
    get: (key) => rows.get(key),
    byName: (name) => names.get(name),
    all: () => rows.values(),
    size: () => rows.size,
    sorted: () => (order ??= [...names.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))),
    put(row) {
      rows.set(row.key, row);
      const holder = names.get(row.name);
      if (holder === undefined || holder.heardAt <= row.heardAt) names.set(row.name, row);
      order = undefined;
    },
    named(row, before) {
      if (before === row.name && names.get(row.name) === row) return;
      if (before !== row.name) release(before, row);
      names.set(row.name, row);
      order = undefined;
    },
    remove(key) {
      const row = rows.get(key);
      if (row === undefined) return;
      rows.delete(key);
      release(row.name, row);
      order = undefined;
    },
  };
}

/** The row of a key, made when there is none. */
export function rowFor(table: Table, key: PublicKey, name: NodeName, pool: Row["pool"]): Row {
  const known = table.get(key);
  if (known !== undefined) return known;
  const row = newRow(key, name, pool);
  table.put(row);
  return row;
}
