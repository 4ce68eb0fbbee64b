// The node's own history as rows, in the order in which it happened.
import * as z from "zod/mini";
import type { Connection } from "./connection.ts";

const EventRow = z.object({ place: z.int(), epoch: z.string(), seq: z.int(), at: z.number(), body: z.string() });
/** `place` orders all events of a history, over its epochs. `body`: JSON of an EventRecord. `at`: milliseconds since 1970. */
export type EventRow = z.infer<typeof EventRow>;
export type NewEvent = Omit<EventRow, "place">;

export interface EventsTable {
  insert(event: NewEvent): void;
  last(): EventRow | undefined;
  /** Oldest first. */
  after(place: number, limit: number): EventRow[];
  /** Newest first. */
  before(place: number, limit: number): EventRow[];
  /** Undefined when it isn't kept. */
  find(epoch: string, seq: number): EventRow | undefined;
  /** First and last place of an epoch. */
  epochBounds(epoch: string): { readonly first: EventRow; readonly last: EventRow } | undefined;
  /** The place before the first event at this time or later. */
  placeBefore(at: number): number;
  /** Removes what is older than a time and all but the newest ones; the last one always stays, for its number. */
  prune(before: number, count: number): void;
}

export function eventsTable(database: Connection): EventsTable {
  const insert = database.prepare("INSERT INTO events (epoch, seq, at, body) VALUES (@epoch, @seq, @at, @body)");
  const last = database.prepare("SELECT * FROM events ORDER BY place DESC LIMIT 1");
  const after = database.prepare("SELECT * FROM events WHERE place > ? ORDER BY place LIMIT ?");
  const before = database.prepare("SELECT * FROM events WHERE place < ? ORDER BY place DESC LIMIT ?");
  const find = database.prepare("SELECT * FROM events WHERE epoch = ? AND seq = ?");
  const firstOf = database.prepare("SELECT * FROM events WHERE epoch = ? ORDER BY seq LIMIT 1");
  const lastOf = database.prepare("SELECT * FROM events WHERE epoch = ? ORDER BY seq DESC LIMIT 1");
  const firstAt = database.prepare("SELECT min(place) FROM events WHERE at >= ?").pluck();
  const highest = database.prepare("SELECT coalesce(max(place), 0) FROM events").pluck();
  const prune = database.prepare("DELETE FROM events WHERE (at < ? OR place <= ?) AND place < ?");
  const one = (row: unknown) => (row === undefined ? undefined : database.parsed(() => EventRow.parse(row)));
  const many = (rows: unknown[]) => database.parsed(() => rows.map((row) => EventRow.parse(row)));
  return {
    insert: ({ epoch, seq, at, body }) => void insert.run({ epoch, seq, at, body }),
    last: () => one(last.get()),
    after: (place, limit) => many(after.all(place, limit)),
    before: (place, limit) => many(before.all(place, limit)),
    find: (epoch, seq) => one(find.get(epoch, seq)),
    epochBounds(epoch) {
      const [first, end] = [one(firstOf.get(epoch)), one(lastOf.get(epoch))];
      return first === undefined || end === undefined ? undefined : { first, last: end };
    },
    placeBefore: (at) => Number(firstAt.get(at) ?? Number(highest.get()) + 1) - 1,
    prune(time, count) {
      const end = Number(highest.get());
      prune.run(time, end - count, end);
    },
  };
}
