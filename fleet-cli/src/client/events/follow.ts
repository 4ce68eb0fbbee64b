// One history, page after page. Every interruption is waited out; what was heard is not told again, what was missed is asked for.
import { setTimeout as sleep } from "node:timers/promises";
import type { EventQuery } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { Seen } from "./seen.ts";
import type { AskHistory, EventsRequest, HeardEvent } from "./types.ts";

/** How long a history waits with an empty answer: what is lost with a registry is noticed soon after. Milliseconds. */
const POLL_MS = 5_000;
const RETRY_MS = 250;
const RETRY_MAX_MS = 5_000;
const PAGE = 500;
const PASSING = ["nats-unreachable", "node-unreachable", "agent-unreachable", "timeout", "outcome-unknown", "agent-start-failed"];

/** @param renew before the next attempt after one that failed */
export async function* followHistory(ask: AskHistory, request: EventsRequest, renew: () => Promise<void>): AsyncGenerator<HeardEvent> {
  const { filter, follow, signal, onNote, onGap, onPosition } = request;
  const seen = new Seen(Date.now());
  let after = request.after;
  let restarted = false;
  let caughtUp = false;
  let failures = 0;
  const isOver = () => signal?.aborted === true;
  while (!isOver()) {
    const query: EventQuery = { filter, limit: PAGE, after, ...(restarted || caughtUp ? {} : begin(request)), ...(follow && caughtUp ? { waitMs: POLL_MS } : {}) };
    let page;
    try {
      page = await ask(query, signal);
    } catch (error) {
      const failure = FleetError.from(error);
      if (isOver()) return;
      if (!follow || !PASSING.includes(failure.code)) throw failure;
      if (failures++ === 1) onNote(`${failure.message}; waiting`);
      await sleep(Math.random() * Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** Math.min(failures, 6)), undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
      await renew();
      continue;
    }
    if (failures > 1) onNote("events again");
    failures = 0;
    if (page.gap !== undefined) onGap(page.gap);
    if (page.gap !== undefined && page.gap.reason !== "expired" && follow && caughtUp) {
      // Another history: it has what the nodes still knew, also some that was heard already.
      after = { epoch: page.epoch, seq: 0 };
      restarted = true;
      caughtUp = false;
      continue;
    }
    for (const heard of page.events) {
      if (restarted && !seen.isNew(heard)) continue;
      seen.note(heard);
      yield heard;
    }
    after = page.next;
    onPosition?.(after);
    caughtUp = !page.more;
    if (!follow && caughtUp) return;
  }
}

function begin({ after, since, tail }: EventsRequest): { since?: number; tail?: number } {
  return { ...(since === undefined ? {} : { since }), ...(after === undefined && tail !== undefined ? { tail } : {}) };
}

