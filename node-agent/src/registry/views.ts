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

function nodesView(table: Table, sizeOf: SizeOf, { name, after, until, cuts: wantsCuts = false, limit = Number.POSITIVE_INFINITY }: InputOf<typeof fleetNodes>, now: number, bytes: number): OutputOf<typeof fleetNodes> {
  if (name !== undefined) {
    const row = table.byName(name);
    return { nodes: row === undefined ? [] : [recordOf(row, now)], more: false, total: row === undefined ? 0 : 1 };
  }
  const sorted = table.sorted();
  const nodes: NodeRecord[] = [];
  const pages = createPages(bytes, limit, wantsCuts);
  for (let at = after === undefined ? 0 : firstAfter(sorted, after); at < sorted.length && !pages.full; at++) {
    const row = sorted[at] as Row;
    if (until !== undefined && row.name > until) break;
    if (pages.take(row.record === undefined ? SHORT : sizeOf(row.record), row.name)) nodes.push(recordOf(row, now));
  }
  return { nodes, ...pages.said, total: sorted.length };
}

function sessionsView(table: Table, sizeOf: SizeOf, { nodes: names, filter, after, until, cuts: wantsCuts = false, limit = Number.POSITIVE_INFINITY }: InputOf<typeof fleetSessions>, now: number, bytes: number): OutputOf<typeof fleetSessions> {
  const rows = names === undefined ? table.sorted() : [...new Set(names)].toSorted().flatMap((name) => table.byName(name) ?? []);
  const [begin, end] = [readCursor(after), until === undefined ? undefined : readCursor(until)];
  const sessions: SessionRecord[] = [];
  const nodes: OutputOf<typeof fleetSessions>["nodes"] = {};
  const pages = createPages(bytes, limit, wantsCuts);
  let total = 0;
  let last = "";
  for (const row of rows) {
    const matching = matchesAll(filter) ? row.sessions.size : undefined;
    if (matching !== undefined) total += matching;
    const outside = pages.full || row.name < begin.node || (end !== undefined && row.name > end.node);
    if (matching !== undefined && outside) continue;
    for (const session of [...row.sessions.values()].toSorted((a, b) => a.id - b.id)) {
      if (matching === undefined) {
        if (!matches(session, filter)) continue;
        total++;
      }
      const place = { node: row.name, id: session.id };
      if (pages.full || outside || !isAfter(place, begin) || (end !== undefined && isAfter(place, end))) continue;
      const cursor = `${row.name}/${session.id}`;
      if (!pages.take(sizeOf(session), cursor)) continue;
      sessions.push(session);
      last = cursor;
      nodes[row.name] ??= { state: stateOf(row, now), ageMs: ageOf(row, now) };
    }
  }
  return { sessions, nodes, ...pages.said, ...(pages.said.more ? { next: last } : {}), total };
}

/** Of the room of a later page so much is given: its rows may have grown by the time it is asked for. */
const LATER = 0.95;

interface Pages {
  /** @returns whether the row is of this page; further ones are only counted */
  take(size: number, place: string): boolean;
  /** Nothing further is wanted. */
  readonly full: boolean;
  readonly said: { more: boolean; cuts?: string[] };
}

/** The first page's rows, and where it and the further ones end. */
function createPages(bytes: number, limit: number, wantsCuts: boolean): Pages {
  const cuts: string[] = [];
  let room = bytes;
  let count = 0;
  let last = "";
  let more = false;
  return {
    take(size, place) {
      room -= size;
      if (count > 0 && (count >= limit || room < 0)) {
        more = true;
        cuts.push(last);
        room = bytes * LATER - size;
        count = 0;
      }
      count++;
      last = place;
      return !more;
    },
    get full() {
      return more && !wantsCuts;
    },
    get said() {
      return { more, ...(wantsCuts && more ? { cuts } : {}) };
    },
  };
}

function matchesAll(filter: SessionFilter | undefined): boolean {
  return filter === undefined || (filter.states === undefined && filter.tags === undefined && filter.activity === undefined);
}

function matches(session: SessionRecord, filter: SessionFilter | undefined): boolean {
  if (filter?.states !== undefined && !filter.states.includes(session.state)) return false;
  if (filter?.tags !== undefined && !filter.tags.every((tag) => session.tags.includes(tag))) return false;
  return filter?.activity === undefined || (session.state === "running" && filter.activity.includes(session.activity.state));
}

interface Place {
  readonly node: string;
  readonly id: number;
}

/** `node/id` of the last session of a page. */
function readCursor(cursor: string | undefined): Place {
  const [node = "", id = "0"] = (cursor ?? "").split("/");
  return { node, id: Number(id) || 0 };
}

function isAfter(place: Place, other: Place): boolean {
  return place.node > other.node || (place.node === other.node && place.id > other.id);
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
