export { fleetEventStream } from "./stream.ts";
export { followHistory } from "./follow.ts";
export type { EventSources, EventsRequest, HeardEvent } from "./types.ts";
