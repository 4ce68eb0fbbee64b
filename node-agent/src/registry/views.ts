// Lists for callers: filtered, in a stable order, a page at a time, each page no larger than a message may be.
import type { fleetNodes, fleetSessions, InputOf, OutputOf, SessionFilter } from "@fleetwire/shared/bus";
import type { NodeRecord, SessionRecord } from "@fleetwire/shared/domain";
import { ageOf, recordOf, stateOf, type Row } from "./row.ts";
import type { Table } from "./table.ts";

export interface Views {
  /** @param bytes how much JSON text a page may have */
  nodes(input: InputOf<typeof fleetNodes>, now: number, bytes: number): OutputOf<typeof fleetNodes>;
  sessions(input: InputOf<typeof fleetSessions>, now: number, bytes: number): OutputOf<typeof fleetSessions>;
}

export function createViews(table: Table): Views {
  // A record is a new object when it changes: its text is measured once, not for every list.
  const sizes = new WeakMap<object, number>();
  const sizeOf = (record: object): number => {
    const known = sizes.get(record);
    if (known !== undefined) return known;
    const size = Buffer.byteLength(JSON.stringify(record));
    sizes.set(record, size);
    return size;
  };
  return { nodes: (input, now, bytes) => nodesView(table, sizeOf, input, now, bytes), sessions: (input, now, bytes) => sessionsView(table, sizeOf, input, now, bytes) };
}

type SizeOf = (record: object) => number;
/** A node that gave no record yet has a short one. */
const SHORT = 400;

function nodesView(table: Table, sizeOf: SizeOf, { name, after, limit = Number.POSITIVE_INFINITY }: InputOf<typeof fleetNodes>, now: number, bytes: number): OutputOf<typeof fleetNodes> {
  if (name !== undefined) {
    const row = table.byName(name);
    return { nodes: row === undefined ? [] : [recordOf(row, now)], more: false, total: row === undefined ? 0 : 1 };
  }
  const sorted = table.sorted();
  const nodes: NodeRecord[] = [];
  let room = bytes;
  for (let at = after === undefined ? 0 : firstAfter(sorted, after); at < sorted.length; at++) {
    const row = sorted[at] as Row;
    room -= row.record === undefined ? SHORT : sizeOf(row.record);
    if (nodes.length >= limit || (room < 0 && nodes.length > 0)) return { nodes, more: true, total: sorted.length };
    nodes.push(recordOf(row, now));
  }
  return { nodes, more: false, total: sorted.length };
}

function sessionsView(table: Table, sizeOf: SizeOf, { nodes: names, filter, after, limit = Number.POSITIVE_INFINITY }: InputOf<typeof fleetSessions>, now: number, bytes: number): OutputOf<typeof fleetSessions> {
  const rows = names === undefined ? table.sorted() : [...new Set(names)].toSorted().flatMap((name) => table.byName(name) ?? []);
  const [afterNode, afterId] = readCursor(after);
  const sessions: SessionRecord[] = [];
  const nodes: OutputOf<typeof fleetSessions>["nodes"] = {};
  let total = 0;
  let room = bytes;
  let more = false;
  let last = "";
  for (const row of rows) {
    const matching = matchesAll(filter) ? row.sessions.size : undefined;
    if (matching !== undefined) total += matching;
    if (matching !== undefined && (more || row.name < afterNode)) continue;
    for (const session of [...row.sessions.values()].toSorted((a, b) => a.id - b.id)) {
      if (matching === undefined) {
        if (!matches(session, filter)) continue;
        total++;
      }
      if (more || row.name < afterNode || (row.name === afterNode && session.id <= afterId)) continue;
      room -= sizeOf(session);
      if (sessions.length >= limit || (room < 0 && sessions.length > 0)) {
        more = true;
        continue;
      }
      sessions.push(session);
      last = `${row.name}/${session.id}`;
      nodes[row.name] ??= { state: stateOf(row, now), ageMs: ageOf(row, now) };
    }
  }
  return { sessions, nodes, more, ...(more ? { next: last } : {}), total };
}

function matchesAll(filter: SessionFilter | undefined): boolean {
  return filter === undefined || (filter.states === undefined && filter.tags === undefined && filter.activity === undefined);
}

function matches(session: SessionRecord, filter: SessionFilter | undefined): boolean {
  if (filter?.states !== undefined && !filter.states.includes(session.state)) return false;
  if (filter?.tags !== undefined && !filter.tags.every((tag) => session.tags.includes(tag))) return false;
  return filter?.activity === undefined || filter.activity.includes(session.activity.state);
}

/** `node/id` of the last session of the page before. */
function readCursor(after: string | undefined): [string, number] {
  const [node = "", id = "0"] = (after ?? "").split("/");
  return [node, Number(id) || 0];
}

function firstAfter(sorted: readonly Row[], name: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as Row).name <= name) low = middle + 1;
    else high = middle;
  }
  return low;
}
