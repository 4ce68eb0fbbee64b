// What happens in the fleet, as an iteration that a program can take up again where it was.
import { formatCursor, parseCursor, type EventFilter, type EventGap, type EventPosition, type EventRecord } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { parseTarget } from "@fleetwire/shared/ids";
import type { FleetClient } from "../types.ts";
import { linked, type Waiting } from "./abort.ts";
import { listOf, momentOf, nodeNames, tagsOf } from "./given.ts";

/** All of the given conditions hold; within one any of its values does, except tags: each must be there. */
export interface EventsFilter {
  readonly nodes?: readonly string[];
  /** Targets: `node:id`, `node:name`, or a name on any node. */
  readonly sessions?: readonly string[];
  readonly tags?: readonly string[];
  /** E.g. `session-ended`, `session-changed`, `node-state`. */
  readonly kinds?: readonly string[];
  /** States of the session, of its activity or of the node, e.g. `blocked`, `exited`, `unreachable`. */
  readonly states?: readonly string[];
}

export interface EventsOptions extends Waiting {
  /** Goes on after this cursor of an event; or begins at a time (a Date, or milliseconds since 1970). Default: with what comes now. */
  readonly since?: string | Date | number;
  /** The newest so many of the past first. */
  readonly tail?: number;
  readonly filter?: EventsFilter;
  /** False: ends with what there is. Default: goes on over every interruption, until its signal or `break`. */
  readonly follow?: boolean;
  /** Told when events in between can't be had any more. */
  readonly onGap?: (gap: EventGap) => void;
  /** Told what a person should know: no registry, waiting, back again. */
  readonly onNote?: (text: string) => void;
}

/** One event. `cursor`: give it as `since` to go on after it. */
export type FleetEvent = EventRecord & { readonly cursor: string };

/** Iterate it once. `break` ends it and leaves nothing behind. */
export class Events implements AsyncIterable<FleetEvent> {
  readonly #client: FleetClient;
  readonly #options: EventsOptions;
  #position: EventPosition | undefined;

  /** @internal use `fleet.events()` */
  constructor(client: FleetClient, options: EventsOptions) {
    this.#client = client;
    this.#options = options;
    this.#position = positionOf(options.since);
  }

  /** Where to go on, also when what came since was filtered out; undefined before anything came. */
  get cursor(): string | undefined {
    return this.#position === undefined ? undefined : formatCursor(this.#position);
  }

  /** @throws FleetError `denied`, `version-skew`; without `follow` also those of transport */
  async *[Symbol.asyncIterator](): AsyncGenerator<FleetEvent, void, undefined> {
    const { since, tail, filter, follow = true, signal, onGap, onNote } = this.#options;
    const after = this.#position;
    const { stop, unlink } = linked(signal);
    const onPosition = (position: EventPosition) => (this.#position = position);
    const begin = after !== undefined ? { after } : since !== undefined ? { since: momentOf(since) } : { tail: tail ?? (follow ? 0 : undefined) };
    try {
      const events = this.#client.events({ ...begin, ...(tail === undefined ? {} : { tail }), filter: await this.#filterOf(filter), follow, signal: stop.signal, onGap: (gap) => onGap?.(gap), onNote: (text) => onNote?.(text), onPosition });
      for await (const { position, event } of events) {
        this.#position = position;
        yield { ...event, cursor: formatCursor(position) };
      }
    } finally {
      stop.abort();
      unlink();
    }
  }

  /** An id alone means this machine's session. */
  async #filterOf({ nodes, sessions = [], tags, kinds, states }: EventsFilter = {}): Promise<EventFilter> {
    const targets = sessions.map(parseTarget);
    const here = targets.some(({ node, session }) => node === undefined && "id" in session) ? (await this.#client.peek())?.node.name : undefined;
    const refs = targets.map(({ node, session }) => ({ ...session, ...("id" in session ? { node: node ?? here } : { node }) }));
    return { nodes: some(nodeNames(nodes)), sessions: some(refs), tags: some(tagsOf(tags)), kinds: some(kinds), states: some(states) };
  }
}

function some<T>(list: readonly T[] | undefined): T[] | undefined {
  const given = listOf(list);
  return given === undefined ? undefined : [...given];
}

/** @throws FleetError `bad-input` */
function positionOf(since: EventsOptions["since"]): EventPosition | undefined {
  if (typeof since !== "string") return undefined;
  const position = parseCursor(since);
  if (position === undefined && Number.isNaN(Date.parse(since))) throw new FleetError("bad-input", "'since' is neither the cursor of an event nor a time");
  return position;
}
