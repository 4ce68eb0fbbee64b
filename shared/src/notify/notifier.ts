// The engine: events that a rule wants are put together, kept on disk, told, and told again until they arrive. Whoever offers
// events never waits.
import { randomBytes } from "node:crypto";
import { formatCursor, matchesEvent, parseCursor, type EventPosition, type EventRecord } from "../bus/index.ts";
import type { Delivery, Sent } from "./delivery.ts";
import { openOutbox, readNote } from "./outbox.ts";
import type { Rule } from "./rule.ts";
import { sendRule } from "./send.ts";
import { NO_STATUS, parseStatuses, type RuleStatus } from "./status.ts";

/** What happens within it goes together. */
const TICK_MS = 300;
/** Events of one delivery; a webhook gets the rest in another one. */
const TOGETHER = 100;
/** Deliveries that wait for one rule; beyond it the oldest are given up. */
const WAITING = 1_000;
const BACKOFF_MS = 1_000;
const BACKOFF_MAX_MS = 5 * 60_000;
const STOP_MS = 2_000;
/** How long each is worth telling. */
const WORTH_MS = { webhook: 24 * 3_600_000, command: 3_600_000, desktop: 600_000 } as const;
/** Attempts; whoever runs a program is not told twice. */
const ATTEMPTS = { webhook: Number.POSITIVE_INFINITY, command: 1, desktop: 1 } as const;

export interface NotifierDeps {
  readonly rules: readonly Rule[];
  /** Its own: outbox, cursor and status. */
  readonly directory: string;
  /** Environment of programs that are run. */
  readonly env: Readonly<Record<string, string>>;
  readonly platform: NodeJS.Platform;
  /** For logs; no secrets, no texts of sessions. */
  readonly onResult: (rule: string, sent: Sent, delivery: { readonly id: string; readonly count: number }) => void;
  /** The disk takes nothing. */
  readonly onError: (error: unknown) => void;
  readonly now?: () => number;
}

export interface Notifier extends AsyncDisposable {
  /** @param position where to go on after it; kept once all that came until then is in the outbox */
  offer(event: EventRecord, position: EventPosition): void;
  /** Nothing of interest up to here. */
  passed(position: EventPosition): void;
  /** Where the last process stopped; undefined the first time. */
  readonly cursor: EventPosition | undefined;
}

interface Lane {
  readonly rule: Rule;
  fresh: EventRecord[];
  /** Oldest first. */
  waiting: Delivery[];
  readonly underWay: Set<string>;
  /** May be told now; grows with time up to a few. */
  tokens: number;
  status: RuleStatus;
}

/** @throws FleetError `agent-running` */
export function createNotifier({ rules, directory, env, platform, onResult, onError, now = Date.now }: NotifierDeps): Notifier {
  const outbox = openOutbox(directory);
  const statuses = parseStatuses(readNote(directory, "status.json"));
  const kept = outbox.all();
  const lanes = rules.map((rule): Lane => ({ rule, fresh: [], waiting: kept.filter((delivery) => delivery.rule === rule.name), underWay: new Set(), tokens: burstOf(rule), status: statuses[rule.name] ?? NO_STATUS }));
  // Of a rule that isn't there any more.
  for (const { id, rule } of kept) if (!rules.some(({ name }) => name === rule)) outbox.remove(id);
  const stop = new AbortController();
  const work = new Set<Promise<void>>();
  let position: EventPosition | undefined;
  let tickedAt = now();
  let isNews = true;
  const timer = setInterval(tick, TICK_MS);

  function tick(): void {
    try {
      const elapsed = now() - tickedAt;
      tickedAt = now();
      for (const lane of lanes) {
        lane.tokens = Math.min(burstOf(lane.rule), lane.tokens + (elapsed * lane.rule.perMinute) / 60_000);
        keep(lane);
      }
      if (position !== undefined) outbox.note("cursor", formatCursor(position));
      position = undefined;
      lanes.forEach(start);
      if (isNews) note();
    } catch (error) {
      onError(error);
    }
  }

  /** What came goes to disk: with what waits for its turn, or as deliveries of its own. */
  function keep(lane: Lane): void {
    const { rule, fresh, waiting } = lane;
    while (fresh.length > 0) {
      const last = waiting.at(-1);
      const open = last !== undefined && last.attempts === 0 && !lane.underWay.has(last.id) && (last.events.length < TOGETHER || rule.target.kind !== "webhook");
      const delivery: Delivery = open ? last : { id: randomBytes(15).toString("base64url"), rule: rule.name, createdAt: now(), attempts: 0, nextAt: 0, count: 0, events: [] };
      const taken = rule.target.kind === "webhook" ? fresh.slice(0, TOGETHER - delivery.events.length) : fresh;
      const grown = { ...delivery, count: delivery.count + taken.length, events: [...delivery.events, ...taken].slice(-TOGETHER) };
      outbox.write(grown);
      fresh.splice(0, taken.length);
      waiting.splice(open ? waiting.length - 1 : waiting.length, open ? 1 : 0, grown);
      isNews = true;
    }
    for (let over = waiting.length - WAITING; over > 0; over--) giveUp(lane, waiting[0] as Delivery, "too many wait");
  }

  function start(lane: Lane): void {
    const { rule, waiting, underWay } = lane;
    if (stop.signal.aborted) return;
    for (const delivery of waiting.filter(({ id, nextAt }) => !underWay.has(id) && nextAt <= now())) {
      if (underWay.size >= rule.atOnce) return;
      if (now() - delivery.createdAt > WORTH_MS[rule.target.kind]) {
        giveUp(lane, delivery, lane.status.lastFailure?.reason ?? "too old");
        continue;
      }
      // Another attempt is not another telling.
      if (delivery.attempts === 0 && lane.tokens < 1) continue;
      if (delivery.attempts === 0) lane.tokens--;
      underWay.add(delivery.id);
      const sending = attempt(lane, delivery).finally(() => work.delete(sending));
      work.add(sending);
    }
  }

  async function attempt(lane: Lane, delivery: Delivery): Promise<void> {
    const { rule } = lane;
    const sent = await sendRule(rule, delivery, { env, platform, signal: stop.signal, now: now() });
    lane.underWay.delete(delivery.id);
    // Stopped in between: it is told after the next start.
    if (stop.signal.aborted && !sent.ok) return;
    isNews = true;
    onResult(rule.name, sent, delivery);
    try {
      if (sent.ok) {
        remove(lane, delivery);
        lane.status = { ...lane.status, sent: lane.status.sent + 1, lastSentAt: new Date(now()).toISOString() };
      } else if (delivery.attempts + 1 >= ATTEMPTS[rule.target.kind]) giveUp(lane, delivery, sent.reason);
      else retryLater(lane, delivery, sent);
    } catch (error) {
      onError(error);
    }
  }

  function retryLater(lane: Lane, delivery: Delivery, { reason, retryMs = 0 }: Extract<Sent, { ok: false }>): void {
    const longest = Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** Math.min(delivery.attempts, 12));
    const next = { ...delivery, attempts: delivery.attempts + 1, nextAt: now() + Math.max(retryMs, longest / 2 + Math.random() * (longest / 2)) };
    lane.waiting = lane.waiting.map((one) => (one.id === delivery.id ? next : one));
    lane.status = { ...lane.status, lastFailure: { at: new Date(now()).toISOString(), reason } };
    outbox.write(next);
  }

  function giveUp(lane: Lane, delivery: Delivery, reason: string): void {
    remove(lane, delivery);
    lane.status = { ...lane.status, failed: lane.status.failed + 1, lastFailure: { at: new Date(now()).toISOString(), reason } };
    isNews = true;
  }

  function remove(lane: Lane, { id }: Delivery): void {
    const at = lane.waiting.findIndex((one) => one.id === id);
    if (at >= 0) lane.waiting.splice(at, 1);
    outbox.remove(id);
  }

  function note(): void {
    outbox.note("status.json", JSON.stringify(Object.fromEntries(lanes.map(({ rule, status, waiting }) => [rule.name, { ...status, waiting: waiting.length }]))));
    isNews = false;
  }

  return {
    cursor: parseCursor(readNote(directory, "cursor")?.trim() ?? ""),
    offer(event, at) {
      for (const { rule, fresh } of lanes) if (matchesEvent(rule.filter, event)) fresh.push(event);
      position = at;
    },
    passed: (at) => void (position = at),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      tick();
      const wait = new Promise((resolve) => setTimeout(resolve, STOP_MS).unref());
      await Promise.race([Promise.all(work), wait]);
      stop.abort();
      await Promise.all(work);
      tick();
      outbox[Symbol.dispose]();
    },
  };
}

/** So many may follow each other at once. */
const burstOf = ({ perMinute }: Rule): number => Math.max(1, Math.min(5, perMinute / 2));

