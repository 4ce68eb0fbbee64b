import { setTimeout as sleep } from "node:timers/promises";
import { EventRecord, type EventGap, type EventPage, type EventQuery } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { describe, expect, it } from "vitest";
import { followHistory } from "./follow.ts";
import type { EventsRequest } from "./types.ts";

const keys = { a: `U${"A".repeat(55)}`, b: `U${"B".repeat(55)}` };
const began = Date.now();

/** A history that is asked: what is in it now, under its epoch. */
class FakeHistory {
  epoch = "e1";
  events: EventRecord[] = [];
  failures: FleetError[] = [];

  say(node: "a" | "b", seq: number, epoch = `${node}1`): void {
    this.events.push(EventRecord.parse({ kind: "session-removed", node, key: keys[node], at: new Date(began + 1_000 + seq).toISOString(), removed: seq, history: { epoch, seq } }));
  }
  /** Begins anew with the given ones. */
  begin(epoch: string, events: readonly EventRecord[]): void {
    this.epoch = epoch;
    this.events = [...events];
  }
  ask = async ({ after, limit = 2 }: EventQuery): Promise<EventPage> => {
    await sleep(1);
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    const isOther = after !== undefined && after.epoch !== this.epoch;
    const from = after === undefined || isOther ? 0 : after.seq;
    const events = this.events.slice(from, from + Math.min(limit, 2)).map((event, n) => ({ position: { epoch: this.epoch, seq: from + n + 1 }, event }));
    const end = from + events.length;
    return { epoch: this.epoch, events, next: { epoch: this.epoch, seq: end }, more: end < this.events.length, ...(isOther ? { gap: { from: after, reason: "epoch" as const } } : {}) };
  };
}

/** Takes so many, does something after each. */
async function take(history: FakeHistory, count: number, after: (n: number) => void = () => undefined, more: Partial<EventsRequest> = {}) {
  const stop = new AbortController();
  const [heard, gaps, notes]: [string[], EventGap[], string[]] = [[], [], []];
  const request: EventsRequest = { follow: true, signal: stop.signal, onNote: (text) => notes.push(text), onGap: (gap) => gaps.push(gap), ...more };
  for await (const { event } of followHistory(history.ask, request)) {
    heard.push(`${event.node}${event.history?.seq}`);
    after(heard.length);
    if (heard.length === count) stop.abort();
  }
  return { heard, gaps, notes };
}

describe("following a history", () => {
  it("reads what is there page by page, ends there unless it follows", async () => {
    const history = new FakeHistory();
    for (let seq = 1; seq <= 5; seq++) history.say("a", seq);
    expect((await take(history, 99, undefined, { follow: false })).heard).toEqual(["a1", "a2", "a3", "a4", "a5"]);
  });

  it("a history that begins anew: nothing is told twice, what was missed is told, and it is said", async () => {
    const history = new FakeHistory();
    for (let seq = 1; seq <= 3; seq++) history.say("a", seq);
    history.say("b", 1);
    const { heard, gaps } = await take(history, 7, (n) => {
      if (n !== 4) return;
      // The nodes' histories fill the new one, in another order: what was heard, and what happened meanwhile.
      const old = [...history.events];
      setImmediate(() => {
        history.begin("e2", []);
        history.say("b", 1);
        history.say("b", 2);
        history.events.push(...old.filter(({ node }) => node === "a"));
        history.say("a", 4);
        history.say("a", 5);
      });
    });
    expect(heard).toEqual(["a1", "a2", "a3", "b1", "b2", "a4", "a5"]);
    expect(gaps.map(({ reason }) => reason)).toEqual(["epoch"]);
  });

  it("waits out what passes, once said; what doesn't pass ends it", async () => {
    const history = new FakeHistory();
    history.say("a", 1);
    history.failures = [new FleetError("nats-unreachable", "nothing listens there"), new FleetError("timeout", "no answer"), new FleetError("node-unreachable", "the registry does not answer")];
    const { heard, notes } = await take(history, 1);
    expect(heard).toEqual(["a1"]);
    expect(notes).toEqual(["no answer; waiting", "events again"]);
    history.failures = [new FleetError("denied", "not you")];
    await expect(take(history, 1)).rejects.toMatchObject({ code: "denied" });
    history.failures = [new FleetError("timeout", "no answer")];
    await expect(take(history, 1, undefined, { follow: false })).rejects.toMatchObject({ code: "timeout" });
  });
});
