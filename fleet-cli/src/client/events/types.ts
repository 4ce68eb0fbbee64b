import type { EventFilter, EventGap, EventPage, EventPosition, EventQuery, EventRecord } from "@fleetwire/shared/bus";
import type { NodeRecord } from "@fleetwire/shared/domain";

/** What of the fleet's events, from where, and for how long. */
export interface EventsRequest {
  /** After this place; without it `since` or `tail` say where to begin, and without those the beginning. */
  readonly after?: EventPosition;
  /** Milliseconds since 1970. */
  readonly since?: number;
  /** The newest ones only, before what comes. */
  readonly tail?: number;
  readonly filter?: EventFilter;
  /** Goes on for ever, over every interruption. */
  readonly follow: boolean;
  readonly signal?: AbortSignal;
  /** What a person should know: no registry, waiting, back again. */
  readonly onNote: (text: string) => void;
  readonly onGap: (gap: EventGap) => void;
  /** Where to go on, also after a page in which nothing matched. */
  readonly onPosition?: (position: EventPosition) => void;
}

export interface HeardEvent {
  readonly position: EventPosition;
  readonly event: EventRecord;
}

/** One history that can be asked. @throws FleetError */
export type AskHistory = (query: EventQuery, signal: AbortSignal | undefined) => Promise<EventPage>;

/** The ways to events that a client has. */
export interface EventSources {
  /** Undefined: there is no registry. */
  readonly fleet: (query: EventQuery, signal: AbortSignal | undefined) => Promise<EventPage | undefined>;
  readonly nodes: () => Promise<readonly NodeRecord[]>;
  readonly node: (node: NodeRecord) => AskHistory;
}
