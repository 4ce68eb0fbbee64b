import type { HeardEvent } from "./types.ts";

/** What was heard of each node: a history that begins anew tells some of it again. */
export class Seen {
  readonly #ends = new Map<string, { readonly epoch: string | undefined; readonly seq: number; readonly at: number }>();
  readonly #since: number;

  /** @param since what happened before and was not heard isn't news, milliseconds since 1970 */
  constructor(since: number) {
    this.#since = since;
  }

  note({ event }: HeardEvent): void {
    this.#ends.set(lineOf(event), { epoch: event.history?.epoch, seq: event.history?.seq ?? 0, at: Date.parse(event.at) });
  }

  isNew({ event }: HeardEvent): boolean {
    const end = this.#ends.get(lineOf(event));
    if (end !== undefined && event.history !== undefined && end.epoch === event.history.epoch) return event.history.seq > end.seq;
    return Date.parse(event.at) > (end?.at ?? this.#since);
  }
}

/** A node's own events, and what the registry saw of it. */
const lineOf = ({ key, history, presence }: HeardEvent["event"]): string => (history === undefined ? `${key} ${presence === "drained" || presence === "undrained" ? "drain" : "presence"}` : key);
