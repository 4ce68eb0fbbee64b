// The fleet's history, put together: where it is stored, who fills it, who asks it.
import type { EventPage, EventQuery, EventRecord, FleetEvent } from "@fleetwire/shared/bus";
import { setTimeout as sleep } from "node:timers/promises";
import { FleetError } from "@fleetwire/shared/errors";
import type { FleetName } from "@fleetwire/shared/ids";
import type { Connection, Log } from "../../fleet/index.ts";
import type { Row } from "../row.ts";
import { createCollector, type Collector } from "./collect.ts";
import { createMemoryStore } from "./memory-store.ts";
import { watchPresence, type PresenceWatch } from "./presence.ts";
import { createRing } from "./ring.ts";
import { createStreamStore } from "./stream-store.ts";
import { alarmLine, type HistoryStore } from "./types.ts";

/** How long a question waits for the store to be connected again, and how often that is looked at. */
const CURRENT_MS = 3_000;
const LOOK_MS = 50;

export interface HistoryDeps {
  readonly fleet: FleetName;
  readonly rows: () => Iterable<Row>;
  /** Whose name it is. */
  readonly holderOf: (name: string) => Row | undefined;
  /** Asks a node for its own history. @throws FleetError */
  readonly ask: (row: Row, query: EventQuery) => Promise<EventPage>;
  readonly hearsSince: () => number | undefined;
  readonly now: () => number;
  readonly log: Log;
}

export interface History extends Disposable {
  /** A connection to JetStream, each time there is one. @returns whether the history is stored there */
  attach(connection: Connection, tries: number): Promise<boolean>;
  /** From now on it is filled: in the stream that was attached, or in memory. */
  begin(): void;
  heard(row: Row, event: FleetEvent): void;
  beat(row: Row, seq: number | undefined): void;
  forgotten(row: Row): void;
  /** The registry found out something about a node that is to be told, once whoever finds it. @param id the same for the same thing */
  found(row: Row, id: string, event: EventRecord): void;
  /** @param bytes how much JSON text the page may have */
  page(query: EventQuery, bytes: number): Promise<EventPage>;
}

export function createHistory({ fleet, rows, holderOf, ask, hearsSince, now, log }: HistoryDeps): History {
  const ring = createRing(now);
  const stream = createStreamStore(fleet, ring, log);
  let isStored = false;
  let filled: { readonly store: HistoryStore; readonly collector: Collector; readonly presence: PresenceWatch } | undefined;

  return {
    async attach(connection, tries) {
      // Once it lives in memory it stays there: two histories would be two orders.
      if (filled !== undefined && !isStored) return false;
      const attached = await stream.attach(connection, tries);
      isStored ||= attached;
      return attached;
    },
    begin() {
      const store: HistoryStore = isStored ? stream : createMemoryStore(ring, now);
      filled = { store, collector: createCollector({ store, ask, holderOf, since: () => ring.since(), now, log }), presence: watchPresence({ store, rows, hearsSince, now, log }) };
    },
    heard: (row, event) => filled?.collector.heard(row, event),
    beat(row, seq) {
      if (seq !== undefined) filled?.collector.beat(row, seq);
    },
    forgotten(row) {
      filled?.collector.forget(row.key);
      filled?.presence.forgotten(row);
    },
    found(row, id, event) {
      const line = alarmLine(row.key);
      const tell = async (store: HistoryStore) => {
        for (let end = await store.end(line); (await store.append(line, `${line}.${id}`, event, end)) === "moved"; end = await store.end(line, true));
      };
      if (filled !== undefined) void tell(filled.store).catch((error: unknown) => log.warn({ node: row.name, reason: String(error) }, "an alarm was not stored in the history"));
    },
    async page(query, bytes) {
      // What was read before a cut may be another history by now.
      for (let left = CURRENT_MS; isStored && !stream.isCurrent(); left -= LOOK_MS) {
        if (left <= 0) throw new FleetError("nats-unreachable", "the fleet's history can't be read now");
        await sleep(LOOK_MS);
      }
      return ring.page(query, bytes);
    },
    [Symbol.dispose]() {
      ring.close();
      filled?.collector[Symbol.dispose]();
      filled?.presence[Symbol.dispose]();
    },
  };
}
