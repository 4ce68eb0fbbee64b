// A bounded look at the fleet's events: what is there, or the first that comes.
import { formatCursor, type EventGap, type EventPosition } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { EventsRequest, HeardEvent } from "../client/index.ts";
import type { AllowedFleet } from "./allowed-fleet.ts";

export interface EventsWanted extends Pick<EventsRequest, "after" | "since" | "tail" | "filter"> {
  readonly max: number;
  /** When there is nothing: how long it is waited for, milliseconds. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

export interface EventsRead {
  readonly heard: readonly HeardEvent[];
  /** Cursor of where to go on. */
  readonly next: string;
  readonly more: boolean;
  readonly gap: string | null;
}

const GAPS: Readonly<Record<EventGap["reason"], string>> = { expired: "older events are not kept any more", epoch: "the history was begun anew", lost: "the end of the history was lost" };

/** @throws FleetError `cancelled` when the signal comes */
export async function readEvents(fleet: AllowedFleet, wanted: EventsWanted): Promise<EventsRead> {
  const asked = Date.now();
  let gap: string | null = null;
  let end: EventPosition | undefined = wanted.after;
  const collect = async (request: Pick<EventsRequest, "after" | "since" | "tail" | "follow" | "signal">, max: number) => {
    const heard: HeardEvent[] = [];
    for await (const event of fleet.events({ ...request, filter: wanted.filter, onNote: () => undefined, onGap: ({ reason }) => (gap = GAPS[reason]), onPosition: (position) => (end = position) })) {
      heard.push(event);
      if (heard.length > max || (request.follow && heard.length === max)) break;
    }
    return heard;
  };
  const { after, since, tail, max, waitMs, signal } = wanted;
  // One more than is wanted tells whether there is more.
  let heard = await collect({ after, since, tail, follow: false, signal }, max);
  if (heard.length === 0 && waitMs > 0) heard = await first(async (until) => collect({ ...(end === undefined ? { since: asked } : { after: end }), follow: true, signal: until }, 1), waitMs, signal);
  if (signal.aborted) throw new FleetError("cancelled", "the client cancelled the call");
  const taken = heard.slice(0, max);
  const more = heard.length > max;
  const last = more || taken.length > 0 ? taken.at(-1)?.position : undefined;
  // Without a registry each node has a history of its own: then the time is what all of them understand.
  const next = last ?? end ?? { epoch: "time", seq: 0, at: asked };
  return { heard: taken, next: formatCursor(next), more, gap };
}

async function first(follow: (signal: AbortSignal) => Promise<HeardEvent[]>, waitMs: number, signal: AbortSignal): Promise<HeardEvent[]> {
  const stop = new AbortController();
  const cancel = () => stop.abort();
  const timer = setTimeout(cancel, waitMs);
  signal.addEventListener("abort", cancel, { once: true });
  try {
    return await follow(stop.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", cancel);
  }
}
