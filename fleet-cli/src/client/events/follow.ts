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

/** `past`: what was there before; `again`: the past of another history, of which some was heard; `present`: what comes. */
type Phase = "past" | "again" | "present";

export async function* followHistory(ask: AskHistory, request: EventsRequest): AsyncGenerator<HeardEvent> {
  const { filter, follow, signal, onNote, onGap, onPosition } = request;
  const seen = new Seen(Date.now());
  const isOver = () => signal?.aborted === true;
  let after = request.after;
  let phase: Phase = "past";
  let failures = 0;
  while (!isOver()) {
    const query: EventQuery = { filter, limit: PAGE, after, ...(phase === "past" ? begin(request) : {}), ...(phase === "present" ? { waitMs: POLL_MS } : {}) };
    const askedAt = performance.now();
    let page;
    try {
      page = await ask(query, signal);
    } catch (error) {
      const failure = FleetError.from(error);
      if (isOver()) return;
      if (!follow || !PASSING.includes(failure.code)) throw failure;
      if (failures++ === 1) onNote(`${failure.message}; waiting`);
      await pause(Math.random() * Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** Math.min(failures, 6)), signal);
      continue;
    }
    if (failures > 1) onNote("events again");
    failures = 0;
    if (page.gap !== undefined) onGap(page.gap);
    if (page.gap !== undefined && page.gap.reason !== "expired" && phase === "present") {
      after = { epoch: page.epoch, seq: 0 };
      phase = "again";
      continue;
    }
    for (const heard of page.events) {
      if (phase === "again" && !seen.isNew(heard)) continue;
      seen.note(heard);
      yield heard;
    }
    after = page.next;
    onPosition?.(after);
    if (page.more) continue;
    if (!follow) return;
    // Whoever is stopping, or has too many who wait, answers at once.
    if (phase === "present" && page.events.length === 0 && performance.now() - askedAt < RETRY_MS) await pause(RETRY_MS, signal);
    phase = "present";
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<unknown> {
  return sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}

function begin({ after, since, tail }: EventsRequest): { since?: number; tail?: number } {
  return { ...(since === undefined ? {} : { since }), ...(after === undefined && tail !== undefined ? { tail } : {}) };
}

