// Tells a client which of its resources have changed: the fleet's events, joined and told at a bounded rate.
import { setTimeout as sleep } from "node:timers/promises";
import { subjectOf, type EventRecord } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import type { AllowedFleet } from "../allowed-fleet.ts";
import { NODES_URI, parseUri, SESSIONS_URI } from "./uris.ts";

/** At most one message for each resource in this time, milliseconds. */
const RATE_MS = 500;
/** How long the first subscription waits for the beginning of the events, milliseconds. */
const BEGIN_MS = 3_000;
const MAX_SUBSCRIPTIONS = 1_000;

export interface Tell {
  readonly updated: (uri: string) => void;
  readonly listChanged: () => void;
  readonly note: (text: string) => void;
}

export class Changes implements AsyncDisposable {
  readonly #fleet: AllowedFleet;
  readonly #tell: Tell;
  readonly #stop = new AbortController();
  /** By URI, what it is about: a target, or one of the lists. */
  readonly #subscribed = new Map<string, string>();
  readonly #changed = new Set<string>();
  #listChanged = false;
  #timer: NodeJS.Timeout | undefined;
  #following: { readonly begun: Promise<void>; readonly over: Promise<void> } | undefined;

  constructor(fleet: AllowedFleet, tell: Tell) {
    this.#fleet = fleet;
    this.#tell = tell;
  }

  /** @throws FleetError `bad-input`, `unknown-session`, `too-large` */
  async subscribe(uri: string, signal: AbortSignal): Promise<void> {
    const named = parseUri(uri);
    if (named === undefined) throw new FleetError("bad-input", `there is no resource '${printable(uri)}'`);
    if (this.#subscribed.size >= MAX_SUBSCRIPTIONS) throw new FleetError("too-large", `a client has at most ${MAX_SUBSCRIPTIONS} subscriptions`, { hint: "unsubscribe from others, or subscribe to fleet://sessions" });
    const about = named.kind === "session" ? (await this.#fleet.session(named.target, { signal })).session.target : uri;
    await this.follow();
    this.#subscribed.set(uri, about);
  }

  unsubscribe(uri: string): void {
    this.#subscribed.delete(uri);
  }

  /** From now on changes are heard of. Returns when that has begun, or after a while: not every fleet says when. */
  async follow(): Promise<void> {
    await (this.#following ??= this.#begin()).begun;
  }

  #begin(): { begun: Promise<void>; over: Promise<void> } {
    let over: Promise<void> = Promise.resolve();
    const begun = new Promise<void>((begin) => {
      over = this.#run(begin).then(begin, (error: unknown) => {
        begin();
        this.#tell.note(`no changes of resources are told: ${FleetError.from(error).message}`);
      });
    });
    return { begun: Promise.race([begun, sleep(BEGIN_MS, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined)]), over };
  }

  async #run(onBegin: () => void): Promise<void> {
    const events = this.#fleet.events({ tail: 0, follow: true, signal: this.#stop.signal, onNote: () => undefined, onGap: () => this.#everything(), onPosition: onBegin });
    for await (const { event } of events) this.#hear(event);
  }

  #hear(event: EventRecord): void {
    const subject = subjectOf(event);
    if (subject === undefined) this.#note(NODES_URI);
    else {
      this.#note(`${event.node}:${subject.id}`);
      if (event.kind !== "terminal-signal") this.#note(SESSIONS_URI);
    }
    if (event.kind === "session-launched" || event.kind === "session-removed") this.#listChanged = true;
    this.#tellSoon();
  }

  #note(about: string): void {
    for (const [uri, of] of this.#subscribed) if (of === about) this.#changed.add(uri);
  }

  /** Something was missed: whatever is looked at may have changed. */
  #everything(): void {
    for (const uri of this.#subscribed.keys()) this.#changed.add(uri);
    this.#listChanged = true;
    this.#tellSoon();
  }

  #tellSoon(): void {
    if (this.#changed.size > 0 || this.#listChanged) this.#timer ??= setTimeout(() => this.#flush(), RATE_MS);
  }

  #flush(): void {
    this.#timer = undefined;
    for (const uri of this.#changed) if (this.#subscribed.has(uri)) this.#tell.updated(uri);
    if (this.#listChanged) this.#tell.listChanged();
    this.#changed.clear();
    this.#listChanged = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#stop.abort();
    await this.#following?.over;
    clearTimeout(this.#timer);
  }
}
