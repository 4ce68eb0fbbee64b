// What each node tells goes into the fleet's history once and in the node's order. What was not heard (NATS or the registry was
// away, a message was lost) is asked of the node before anything later is stored.
import { EventRecord, isKept, type EventPage, type EventPosition, type EventQuery, type FleetEvent } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { Log } from "../../fleet/index.ts";
import type { Row } from "../row.ts";
import { eventLine, positionText, type HistoryStore, type LineEnd } from "./types.ts";

/** Nodes worked on at the same time. */
const AT_ONCE = 32;
/** Of a node that this history doesn't know: its newest ones, and none from before what the history begins with. */
const FIRST = 500;
const FIRST_MS = 86_400_000;
const PAGE = 500;
const RETRY_MS = 1_000;
const RETRY_MAX_MS = 5_000;
/** Heard, and not stored yet; beyond it the node is asked. */
const QUEUE = 1_000;
/** The node will not tell: what is heard is all there is. */
const REFUSALS = ["untrusted-caller", "denied", "version-skew", "bad-input"];

export interface CollectDeps {
  readonly store: HistoryStore;
  /** Asks a node for its history. @throws FleetError */
  readonly ask: (row: Row, query: EventQuery) => Promise<EventPage>;
  /** Whose name it is. */
  readonly holderOf: (name: string) => Row | undefined;
  /** Since when the history is whole; undefined: it has all from its beginning. */
  readonly since: () => number | undefined;
  readonly now: () => number;
  readonly log: Log;
}

export interface Collector extends Disposable {
  heard(row: Row, event: FleetEvent): void;
  forget(key: string): void;
  /** A beat said which number the node's last event has. */
  beat(row: Row, seq: number): void;
}

interface Node {
  readonly row: Row;
  queue: EventRecord[];
  /** The node has something that was not heard. */
  behind: boolean;
  /** The life of its agent that gives no history. */
  refuses: string | undefined;
  /** Last number taken in, queued or stored; undefined before the first is known. */
  seq: number | undefined;
  /** What its first beat said, until it was compared. */
  said: number | undefined;
  busy: boolean;
  failures: number;
  /** Nobody answers for it: its next word is waited for. */
  silent: boolean;
  retry: NodeJS.Timeout | undefined;
}

export function createCollector({ store, ask, holderOf, since, now, log }: CollectDeps): Collector {
  const nodes = new Map<string, Node>();
  const ready: Node[] = [];
  let running = 0;
  let stopped = false;

  function nodeOf(row: Row): Node {
    const known = nodes.get(row.key);
    if (known?.row === row) return known;
    const node: Node = { row, queue: [], behind: false, refuses: undefined, seq: undefined, said: undefined, busy: false, failures: 0, silent: false, retry: undefined };
    nodes.set(row.key, node);
    return node;
  }

  function wake(node: Node): void {
    if (node.busy || stopped || node.retry !== undefined || node.silent) return;
    node.busy = true;
    ready.push(node);
    next();
  }
  function next(): void {
    while (running < AT_ONCE && !stopped) {
      const node = ready.shift();
      if (node === undefined) return;
      running++;
      void work(node)
        .then(() => (node.failures = 0), (error: unknown) => failed(node, error))
        .finally(() => {
          running--;
          node.busy = false;
          if (node.failures === 0 && (node.queue.length > 0 || node.behind)) wake(node);
          next();
        });
    }
  }
  function failed(node: Node, error: unknown): void {
    const failure = FleetError.from(error);
    log.debug({ node: node.row.name, code: failure.code, reason: failure.message }, "a node's events were not taken in");
    node.behind = true;
    node.queue = [];
    node.failures++;
    if (failure.code === "node-unreachable") {
      node.silent = true;
      return;
    }
    const wait = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** Math.min(node.failures - 1, 5));
    node.retry = setTimeout(() => {
      node.retry = undefined;
      wake(node);
    }, wait / 2 + Math.random() * (wait / 2)).unref();
  }

  async function work(node: Node): Promise<void> {
    const line = eventLine(node.row.key);
    let end = await store.end(line, node.failures > 0);
    const isRefused = () => node.refuses === node.row.inst;
    if (node.said !== undefined && node.said !== end.event?.history?.seq) node.behind = true;
    node.said = undefined;
    while (!stopped) {
      if (node.behind) {
        node.behind = false;
        if (!isRefused()) end = await catchUp(node, line, end);
      }
      const event = node.queue.shift();
      if (event === undefined) return;
      const place = placed(event, end);
      if (place === "known") continue;
      if (place === "beyond" && !isRefused()) node.behind = true;
      else if ((await append(line, event, end)) === "moved") node.queue.unshift(event);
      end = await store.end(line, node.queue[0] === event);
    }
  }

  /** All that the node has and the history hasn't. @returns where the line ends then */
  async function catchUp(node: Node, line: string, from: LineEnd): Promise<LineEnd> {
    let end = from;
    for (let after = placeOf(end); ; ) {
      const page = await pageOf(node, after);
      if (stopped) return end;
      if (page === undefined) {
        node.refuses = node.row.inst;
        return end;
      }
      const moved = await storeEach(page);
      if (moved) {
        // Another registry was first: what it has not stored yet comes after its end.
        end = await store.end(line, true);
        after = placeOf(end);
        continue;
      }
      if (!page.more) {
        node.seq = page.next.seq;
        return end;
      }
      after = page.next;
    }

    async function storeEach({ events }: EventPage): Promise<boolean> {
      for (const { event: told } of events) {
        const event = ofNode(told, node.row);
        if (event === undefined || placed(event, end) === "known") continue;
        if ((await append(line, event, end)) === "moved") return true;
        end = await store.end(line);
      }
      return false;
    }
  }

  /** @returns undefined when the node will not tell */
  async function pageOf({ row }: Node, after: EventPosition | undefined): Promise<EventPage | undefined> {
    try {
      return await ask(row, after === undefined ? { tail: FIRST, since: Math.max(since() ?? 0, now() - FIRST_MS), limit: PAGE } : { after, limit: PAGE });
    } catch (error) {
      if (!(error instanceof FleetError) || !REFUSALS.includes(error.code)) throw error;
      return undefined;
    }
  }

  const append = (line: string, event: EventRecord, end: LineEnd) => store.append(line, `${line}.${event.history === undefined ? "" : positionText(event.history)}`, event, end);

  /** What a node may say: of itself, under a name that is nobody else's. Undefined: it is the registry's to say. */
  function ofNode(told: EventRecord | FleetEvent, { key, name }: Row): EventRecord | undefined {
    const { presence: _, ...event } = EventRecord.parse(told);
    if (event.key !== key || event.kind === "node-state") return undefined;
    const holder = holderOf(event.node);
    return holder === undefined || holder.key === key ? event : { ...event, node: name };
  }

  return {
    heard(row, event) {
      if (event.history === undefined || !isKept(event)) return;
      const node = nodeOf(row);
      node.seq = event.history.seq;
      node.silent = false;
      const record = ofNode(event, row);
      if (record !== undefined) node.queue.push(record);
      if (node.queue.length > QUEUE) {
        node.queue = [];
        node.behind = true;
      }
      wake(node);
    },
    beat(row, seq) {
      const node = nodeOf(row);
      if (node.seq === undefined) node.said = seq;
      else if (node.seq !== seq) node.behind = true;
      const isNews = node.seq !== seq || node.silent;
      node.seq = seq;
      node.silent = false;
      if (isNews) wake(node);
    },
    forget(key) {
      clearTimeout(nodes.get(key)?.retry);
      nodes.delete(key);
    },
    [Symbol.dispose]() {
      stopped = true;
      for (const { retry } of nodes.values()) clearTimeout(retry);
    },
  };
}

/** Whether the line has an event already, it is the next one, or others are missing before it. */
function placed({ history }: EventRecord, { event: last }: LineEnd): "known" | "next" | "beyond" {
  if (history === undefined) return "known";
  if (last?.history === undefined || last.history.epoch !== history.epoch) return "beyond";
  if (history.seq <= last.history.seq) return "known";
  return history.seq === last.history.seq + 1 ? "next" : "beyond";
}

/** With the time, for a node that has begun its history anew. */
const placeOf = ({ event }: LineEnd): EventPosition | undefined => (event?.history === undefined ? undefined : { ...event.history, at: Date.parse(event.at) });
