// One after the other types. Requests that belong together have the line to themselves until the last of them, or until none comes.
import { FleetError } from "@fleetwire/shared/errors";
import type { TypingConditions } from "@fleetwire/shared/control";

type Sequence = NonNullable<TypingConditions["sequence"]>;

/** Others wait so long for the next part of a sequence. */
const HELD_MS = 5_000;
const MOST_SEQUENCES = 64;

interface Held {
  readonly id: string;
  readonly release: () => void;
  /** Of the parts that have come. */
  last: Promise<unknown>;
  timer: NodeJS.Timeout | undefined;
}

export class Line {
  #last: Promise<unknown> = Promise.resolve();
  #held: Held | undefined;
  /** Number of the part that comes next. */
  readonly #next = new Map<string, number>();

  /** In turn. @param work answers undefined when nothing was typed. @throws what the work throws; FleetError `bad-input` for a part that is out of order */
  run<T>(work: () => Promise<T>, sequence?: Sequence): Promise<T> {
    if (sequence === undefined) return this.#inTurn(work);
    const { id, at, last } = sequence;
    const next = this.#next.get(id) ?? 0;
    if (at !== next) return Promise.reject(new FleetError("bad-input", `part ${at} of what is typed came when ${next} was expected; it was not typed`));
    this.#expect(id, at + 1);
    const part = async () => {
      try {
        const typed = await work();
        if (typed === undefined) this.#expect(id, at);
        return typed;
      } catch (error) {
        // Nothing of it was typed: it may come again.
        this.#expect(id, at);
        throw error;
      }
    };
    const held = this.#held?.id === id ? this.#held : undefined;
    if (held !== undefined) return this.#goOn(held, part, last);
    return this.#inTurn(part, last ? undefined : id);
  }

  /** @param hold for further parts of this sequence */
  async #inTurn<T>(work: () => Promise<T>, hold?: string): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.then((typed) => (hold === undefined || typed === undefined ? undefined : this.#hold(hold)), () => undefined);
    return turn;
  }

  #goOn<T>(held: Held, part: () => Promise<T>, last: boolean): Promise<T> {
    clearTimeout(held.timer);
    const done = held.last.then(part);
    held.last = done.then(() => this.#wait(held, last), () => this.#wait(held, false));
    return done;
  }

  #hold(id: string): Promise<void> {
    return new Promise((resolve) => {
      const release = () => {
        clearTimeout(held.timer);
        if (this.#held === held) this.#held = undefined;
        resolve();
      };
      const held: Held = { id, release, last: Promise.resolve(), timer: undefined };
      this.#held = held;
      this.#wait(held, false);
    });
  }

  #wait(held: Held, over: boolean): void {
    clearTimeout(held.timer);
    if (over) held.release();
    else held.timer = setTimeout(held.release, HELD_MS);
  }

  #expect(id: string, next: number): void {
    this.#next.delete(id);
    this.#next.set(id, next);
    for (const oldest of this.#next.keys()) if (this.#next.size > MOST_SEQUENCES) this.#next.delete(oldest);
  }
}
