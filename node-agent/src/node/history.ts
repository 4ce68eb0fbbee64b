// What happened on this node, for whoever was not listening: kept by the store, answered a page at a time. Nothing waits for
// a reader and nothing is queued for one: a slow reader asks later.
import { EventRecord, isKept, matchesEvent, type EventFilter, type EventPage, type EventPosition, type EventQuery } from "@fleetwire/shared/bus";
import type { EventLog } from "../store/index.ts";

const LIMIT = 200;
/** Rows read at a time. */
const CHUNK = 200;
/** JSON of a page, bytes; inside a sealed answer it is longer. */
const PAGE_BYTES = 100_000;
/** An event longer than this is kept without its records: they can be asked for. */
const LONGEST = 48_000;

export interface History {
  /** @returns the event with its number, or as it was when it isn't worth keeping. @param at milliseconds since 1970 */
  add<E extends EventRecord>(event: E, at: number): E;
  /** A page; waits for news as long as asked. */
  page(query: EventQuery): Promise<EventPage>;
  /** @param listener after each event that was kept. @returns ends it */
  onAdded(listener: () => void): () => void;
  /** Whoever waits is answered now. */
  close(): void;
}

export function createHistory(log: EventLog): History {
  const listeners = new Set<() => void>();
  let closed = false;
  const wake = () => {
    for (const listener of listeners) listener();
  };

  function read(query: EventQuery): EventPage {
    const found = query.after === undefined && query.tail !== undefined ? newest(log, query, query.tail) : onwards(log, query);
    return { epoch: log.last().epoch, ...found };
  }

  function news(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, waitMs);
      listeners.add(done);
      function done(): void {
        clearTimeout(timer);
        listeners.delete(done);
        resolve();
      }
    });
  }

  return {
    add(event, at) {
      if (!isKept(event)) return event;
      const history = log.append(at, (position) => bodyOf({ ...event, history: { epoch: position.epoch, seq: position.seq } }));
      // After whoever told it is done: a page has what the tables have.
      setImmediate(wake);
      return { ...event, history: { epoch: history.epoch, seq: history.seq } };
    },
    async page(query) {
      const until = Date.now() + (query.waitMs ?? 0);
      for (let asked = query; ; ) {
        const page = read(asked);
        const left = until - Date.now();
        if (page.events.length > 0 || page.gap !== undefined || page.more || left <= 0 || closed) return page;
        await news(left);
        asked = { ...asked, after: page.next, tail: undefined };
      }
    },
    onAdded(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      closed = true;
      wake();
    },
  };
}

function bodyOf(event: EventRecord): string {
  const whole = JSON.stringify(event);
  if (whole.length <= LONGEST) return whole;
  const { session, record: _, ...rest } = event;
  return JSON.stringify({ ...rest, ...(session === undefined ? {} : { about: { id: session.id, name: session.name, tags: session.tags } }) });
}

type Found = Omit<EventPage, "epoch">;
type Row = ReturnType<EventLog["after"]>[number];

function onwards(log: EventLog, { after, since, filter, limit = LIMIT }: EventQuery): Found {
  const from = after === undefined ? { place: 0 } : log.locate(after);
  const events: Found["events"] = [];
  let place = since === undefined || after !== undefined ? from.place : log.placeBefore(since);
  let next = after === undefined || "gap" in from ? undefined : after;
  let bytes = 0;
  const gap = after !== undefined && "gap" in from && from.gap !== undefined ? { gap: { from: after, reason: from.gap } } : {};
  for (;;) {
    const rows = log.after(place, CHUNK);
    for (const row of rows) {
      const one = matching(row, filter, since);
      if (one !== undefined && events.length > 0 && (events.length >= limit || bytes + row.body.length > PAGE_BYTES)) return { events, next: next ?? log.last(), more: true, ...gap };
      if (one !== undefined) {
        events.push(one);
        bytes += row.body.length;
      }
      place = row.place;
      next = positionOf(row);
    }
    if (rows.length < CHUNK) return { events, next: next ?? endOf(log), more: false, ...gap };
  }
}

function newest(log: EventLog, { since, filter }: EventQuery, tail: number): Found {
  const events: Found["events"] = [];
  const next = endOf(log);
  let bytes = 0;
  for (let place = Number.POSITIVE_INFINITY; events.length < tail; ) {
    const rows = log.before(place, CHUNK);
    for (const row of rows) {
      place = row.place;
      const one = matching(row, filter, since);
      if (one === undefined) continue;
      bytes += row.body.length;
      if (events.length >= tail || (bytes > PAGE_BYTES && events.length > 0)) return { events, next, more: false };
      events.unshift(one);
    }
    if (rows.length < CHUNK) break;
  }
  return { events, next, more: false };
}

function matching(row: Row, filter: EventFilter | undefined, since: number | undefined): Found["events"][number] | undefined {
  if (since !== undefined && row.at < since) return undefined;
  const event = eventOf(row);
  return event !== undefined && matchesEvent(filter, event) ? { position: positionOf(row), event } : undefined;
}

/** One that can't be read any more must not hide the others. */
function eventOf({ body }: Row): EventRecord | undefined {
  try {
    return EventRecord.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}

const positionOf = ({ epoch, seq, at }: Row): EventPosition => ({ epoch, seq, at });

function endOf(log: EventLog): EventPosition {
  const [row] = log.before(Number.POSITIVE_INFINITY, 1);
  return row === undefined ? log.last() : positionOf(row);
}
