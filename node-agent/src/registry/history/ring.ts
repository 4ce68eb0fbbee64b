// The fleet's history in memory, as it is stored: what all questions are answered from.
import { matchesEvent, type EventGap, type EventPage, type EventPosition, type EventQuery } from "@fleetwire/shared/bus";
import { BOUNDS, type Entry, type EntrySink, type HistoryBounds } from "./types.ts";

const LIMIT = 200;
/** Another registry may have read further: a place beyond the end is waited for, milliseconds. */
const LAG_MS = 2_000;
/** Events that come within it wake those who wait once, milliseconds. */
const WAKE_MS = 15;
/** Questions that wait at the same time; the next one is answered at once. */
const WAITING = 5_000;

export interface Ring extends EntrySink {
  /** @param bytes how much JSON text the page may have */
  page(query: EventQuery, bytes: number): Promise<EventPage>;
  /** When its oldest event was stored; undefined when none was dropped yet. */
  since(): number | undefined;
  /** Whoever waits is answered now. */
  close(): void;
}

export function createRing(now: () => number, bounds: HistoryBounds = BOUNDS): Ring {
  let epoch = "none";
  let entries: Entry[] = [];
  /** Entries before it are out of bounds; they are cut off now and then, many at a time. */
  let head = 0;
  let bytes = 0;
  let closed = false;
  const waiting = new Set<() => void>();
  let soon: NodeJS.Timeout | undefined;
  const wake = () => {
    clearTimeout(soon);
    soon = undefined;
    for (const one of waiting) one();
  };

  function shrink(): void {
    const isOver = ({ storedAt }: Entry) => entries.length - head > bounds.count || bytes > bounds.bytes || now() - storedAt > bounds.age;
    for (let first = entries[head]; first !== undefined && entries.length - head > 1 && isOver(first); first = entries[++head]) bytes -= first.bytes;
    if (head < 1_024 && head * 2 < entries.length) return;
    entries = entries.slice(head);
    head = 0;
  }

  const positionOf = ({ seq, event }: Entry): EventPosition => ({ epoch, seq, at: Date.parse(event.at) });
  function end(): EventPosition {
    const last = entries.at(-1);
    return last === undefined ? { epoch, seq: 0, at: now() } : positionOf(last);
  }

  /** The first entry to look at. */
  function start({ after, since }: EventQuery): { readonly at: number; readonly reason?: EventGap["reason"] } {
    if (after === undefined) return { at: head };
    const [first, last] = [entries[head], entries.at(-1)];
    if (after.epoch !== epoch) {
      const time = after.at ?? since;
      const found = time === undefined ? head : entries.findIndex(({ event }, at) => at >= head && Date.parse(event.at) > time);
      return { at: found < 0 ? entries.length : found, reason: "epoch" };
    }
    if (first === undefined || last === undefined) return { at: head, ...(after.seq > 0 ? { reason: "lost" as const } : {}) };
    if (after.seq > last.seq) return { at: entries.length, reason: "lost" };
    if (after.seq < first.seq - 1) return { at: head, reason: "expired" };
    return { at: firstAfter(entries, head, after.seq) };
  }

  function onwards(query: EventQuery, room: number): EventPage {
    const { after, since, filter, limit = LIMIT } = query;
    const from = start(query);
    const gap = after !== undefined && from.reason !== undefined ? { gap: { from: after, reason: from.reason } } : {};
    const events: EventPage["events"] = [];
    let next = after === undefined || from.reason !== undefined ? undefined : after;
    for (let at = from.at; at < entries.length; at++) {
      const entry = entries[at] as Entry;
      const { event } = entry;
      if (matchesEvent(filter, event) && (since === undefined || Date.parse(event.at) >= since)) {
        room -= entry.bytes;
        if (events.length > 0 && (events.length >= limit || room < 0)) return { epoch, events, next: next ?? end(), more: true, ...gap };
        events.push({ position: positionOf(entry), event });
      }
      next = positionOf(entry);
    }
    return { epoch, events, next: next ?? end(), more: false, ...gap };
  }

  function newest({ since, filter }: EventQuery, tail: number, room: number): EventPage {
    const events: EventPage["events"] = [];
    for (let at = entries.length - 1; at >= head && events.length < tail; at--) {
      const entry = entries[at] as Entry;
      if (!matchesEvent(filter, entry.event) || (since !== undefined && Date.parse(entry.event.at) < since)) continue;
      room -= entry.bytes;
      if (room < 0 && events.length > 0) break;
      events.push({ position: positionOf(entry), event: entry.event });
    }
    return { epoch, events: events.toReversed(), next: end(), more: false };
  }

  function news(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, waitMs);
      waiting.add(done);
      function done(): void {
        clearTimeout(timer);
        waiting.delete(done);
        resolve();
      }
    });
  }

  return {
    begin(next) {
      [epoch, entries, head, bytes] = [next, [], 0, 0];
      wake();
    },
    rename(next) {
      epoch = next;
      wake();
    },
    add(entry) {
      entries.push(entry);
      bytes += entry.bytes;
      shrink();
      if (waiting.size > 0) soon ??= setTimeout(wake, WAKE_MS);
    },
    since() {
      const first = entries[head];
      return first === undefined || first.seq === 1 ? undefined : first.storedAt;
    },
    async page(query, room) {
      const until = Date.now() + (query.waitMs ?? 0);
      const lagUntil = Date.now() + LAG_MS;
      while (!closed && query.after?.epoch === epoch && query.after.seq > end().seq && Date.now() < lagUntil) await news(lagUntil - Date.now());
      for (let asked = query; ; ) {
        shrink();
        const page = asked.after === undefined && asked.tail !== undefined ? newest(asked, asked.tail, room) : onwards(asked, room);
        const left = until - Date.now();
        if (page.events.length > 0 || page.gap !== undefined || page.more || left <= 0 || closed || waiting.size >= WAITING) return page;
        await news(left);
        asked = { ...asked, after: page.next, tail: undefined };
      }
    },
    close() {
      closed = true;
      wake();
    },
  };
}

/** Index of the first entry behind a place. */
function firstAfter(entries: readonly Entry[], head: number, seq: number): number {
  let [low, high] = [head, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle] as Entry).seq <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
