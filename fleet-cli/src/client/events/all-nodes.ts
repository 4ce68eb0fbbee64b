// Without a registry: every node that answers is asked for its own history. Their order among each other is their clocks'.
import { setTimeout as sleep } from "node:timers/promises";
import type { NodeRecord } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { followHistory } from "./follow.ts";
import type { EventSources, EventsRequest, HeardEvent } from "./types.ts";

/** How often new nodes are looked for, milliseconds. */
const LOOK_MS = 10_000;

export async function* eventsOfNodes(sources: EventSources, request: EventsRequest): AsyncGenerator<HeardEvent> {
  const { filter, follow, tail, onNote } = request;
  const nodes = await sources.nodes();
  const asked = nodes.filter(({ name }) => filter?.nodes === undefined || filter.nodes.includes(name));
  onNote(`no registry here: the events of ${asked.length === 1 ? "1 node" : `${asked.length} nodes`}, each in its own order`);
  const ends = new Map<string, HeardEvent["position"]>();
  const lists = await Promise.all(asked.map((node) => pastOf(sources, node, request, (position) => void ends.set(node.key, position))));
  const past = lists.flat().toSorted((a, b) => (a.event.at < b.event.at ? -1 : a.event.at > b.event.at ? 1 : 0));
  yield* tail === undefined || request.after !== undefined ? past : past.slice(Math.max(0, past.length - tail));
  if (follow) yield* merged(sources, { ...request, tail: undefined, since: undefined, after: undefined }, asked, ends);
}

async function pastOf(sources: EventSources, node: NodeRecord, request: EventsRequest, onPosition: (position: HeardEvent["position"]) => void): Promise<HeardEvent[]> {
  const heard: HeardEvent[] = [];
  try {
    // A cursor is one node's: of the others it says the time.
    for await (const event of followHistory(sources.node(node), { ...request, follow: false, onGap: () => undefined, onPosition })) heard.push(event);
  } catch (error) {
    const { code, message } = FleetError.from(error);
    if (code === "untrusted-caller" || code === "denied") throw error;
    request.onNote(`${node.name} did not say what happened: ${message}`);
  }
  return heard;
}

/** What comes, of all of them. A reader that is slow lets them wait. */
async function* merged(sources: EventSources, request: EventsRequest, first: readonly NodeRecord[], ends: ReadonlyMap<string, HeardEvent["position"]>): AsyncGenerator<HeardEvent> {
  const began = Date.now();
  const stop = new AbortController();
  const signal = request.signal === undefined ? stop.signal : AbortSignal.any([request.signal, stop.signal]);
  const known = new Set<string>();
  const waiting: { readonly heard: HeardEvent; readonly taken: () => void }[] = [];
  let wake = () => {};
  let failure: unknown;

  async function follow(node: NodeRecord): Promise<void> {
    const after = ends.get(node.key);
    for await (const heard of followHistory(sources.node(node), { ...request, signal, onNote: () => undefined, ...(after === undefined ? { since: began } : { after }) })) {
      await new Promise<void>((taken) => {
        waiting.push({ heard, taken });
        signal.addEventListener("abort", () => taken(), { once: true });
        wake();
      });
    }
  }
  function begin(nodes: readonly NodeRecord[]): void {
    for (const node of nodes) {
      if (known.has(node.key) || (request.filter?.nodes !== undefined && !request.filter.nodes.includes(node.name))) continue;
      known.add(node.key);
      void follow(node).catch((error: unknown) => {
        failure = error;
        wake();
      });
    }
  }
  async function lookForMore(): Promise<void> {
    while (!signal.aborted) {
      await sleep(LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) begin(await sources.nodes().catch(() => []));
    }
  }

  begin(first);
  void lookForMore();
  signal.addEventListener("abort", () => wake(), { once: true });
  try {
    while (!signal.aborted) {
      const next = waiting.shift();
      if (next !== undefined) {
        yield next.heard;
        next.taken();
      } else if (failure !== undefined) throw failure;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    stop.abort();
  }
}
