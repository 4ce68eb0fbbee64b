// What becomes of nodes and nobody publishes: silent, heard again, forgotten, drained. Two registries see the same; the end of
// the node's line says what was told last, and who comes second tells nothing.
import type { EventRecord, Presence } from "@fleetwire/shared/bus";
import { nodeStateOf } from "@fleetwire/shared/domain";
import type { Log } from "../../fleet/index.ts";
import type { Row } from "../row.ts";
import { drainLine, presenceLine, type HistoryStore } from "./types.ts";

const LOOK_MS = 1_000;
/** A connection that breaks is mostly made again at once: that is no news. */
const SETTLE_MS = 2_000;

export interface PresenceDeps {
  readonly store: HistoryStore;
  readonly rows: () => Iterable<Row>;
  /** Since when this registry hears without a break, milliseconds since 1970; undefined: it hears nothing now. */
  readonly hearsSince: () => number | undefined;
  readonly now: () => number;
  readonly log: Log;
}

export interface PresenceWatch extends Disposable {
  forgotten(row: Row): void;
}

interface Seen {
  told: Presence | undefined;
  drained: boolean | undefined;
  /** What it seems to be now, and since when. */
  candidate: Presence;
  since: number;
  busy: boolean;
}

export function watchPresence({ store, rows, hearsSince, now, log }: PresenceDeps): PresenceWatch {
  const seen = new Map<string, Seen>();
  let stopped = false;

  async function tell(line: string, row: Pick<Row, "key" | "name" | "record">, presence: Presence): Promise<void> {
    for (let end = await store.end(line); !stopped; end = await store.end(line, true)) {
      if (end.event?.presence === presence) return;
      const at = new Date(now()).toISOString();
      const event: EventRecord = { kind: "node-state", node: row.name, key: row.key, at, presence };
      if ((await store.append(line, `${line}.${end.seq}.${presence}`, event, end)) === "stored") return;
    }
  }

  function look(): void {
    const from = hearsSince();
    if (from === undefined) return;
    for (const row of rows()) {
      const mind = seen.get(row.key) ?? { told: undefined, drained: undefined, candidate: "live" as Presence, since: 0, busy: false };
      seen.set(row.key, mind);
      if (!mind.busy) lookAt(row, mind, from);
    }
  }

  function lookAt(row: Row, mind: Seen, from: number): void {
    // What fell silent while this registry was deaf may have spoken all the time: its silence begins anew.
    const state = nodeStateOf(now() - Math.max(row.heardAt, from), row.gone, row.beatMs);
    if (state === "live" && row.heardAt < from) return;
    if (state !== mind.candidate) [mind.candidate, mind.since] = [state, Math.max(now(), from)];
    if (state !== mind.told) {
      if (state === "suspect" && now() - mind.since < SETTLE_MS) return;
      return run(mind, presenceLine(row.key), row, state, { told: state });
    }
    const drained = row.beat?.drain === true;
    if (row.heardAt >= from && drained !== (mind.drained ?? false)) run(mind, drainLine(row.key), row, drained ? "drained" : "undrained", { drained });
  }

  function run(mind: Seen, line: string, row: Row, presence: Presence, learned: Partial<Seen>): void {
    mind.busy = true;
    void tell(line, row, presence)
      .then(() => Object.assign(mind, learned))
      .catch((error: unknown) => log.debug({ node: row.name, reason: String(error) }, "a node's state was not stored; trying again"))
      .finally(() => (mind.busy = false));
  }

  const timer = setInterval(look, LOOK_MS);
  return {
    forgotten(row) {
      seen.delete(row.key);
      void tell(presenceLine(row.key), row, "forgotten").catch((error: unknown) => log.debug({ node: row.name, reason: String(error) }, "that a node was forgotten was not stored"));
    },
    [Symbol.dispose]() {
      stopped = true;
      clearInterval(timer);
    },
  };
}
