// The fleet's events for whoever asks: the registry's one order, or that of the nodes where there is no registry.
import { FleetError } from "@fleetwire/shared/errors";
import { eventsOfNodes } from "./all-nodes.ts";
import { followHistory } from "./follow.ts";
import type { EventSources, EventsRequest, HeardEvent } from "./types.ts";

/** @throws FleetError when it can't begin; once it follows, only what no waiting mends (`denied`, `version-skew`) */
export async function* fleetEventStream(sources: EventSources, request: EventsRequest): AsyncGenerator<HeardEvent> {
  const hasRegistry = (await sources.fleet({ tail: 0 }, request.signal)) !== undefined;
  if (!hasRegistry) return yield* eventsOfNodes(sources, request);
  const ask = async (...question: Parameters<EventSources["fleet"]>) => {
    const page = await sources.fleet(...question);
    // There was one: it is being started again.
    if (page === undefined) throw new FleetError("node-unreachable", "the registry does not answer");
    return page;
  };
  yield* followHistory(ask, request);
}
