// Between the socket and the reader. What waits here is bounded: above the mark the socket is not read, so that the host
// notices a slow viewer instead of this process growing.
import type { StreamEvent } from "./types.ts";

const HIGH = 512 * 1024;
const LOW = 128 * 1024;

export interface QueueHooks {
  /** Read the socket, or leave it. */
  flow(run: boolean): void;
  /** The reader is done with this event. `idle`: and nothing else waits. */
  consumed(event: StreamEvent, idle: boolean): void;
}

export class EventQueue {
  readonly #hooks: QueueHooks;
  readonly #events: StreamEvent[] = [];
  #head = 0;
  #weight = 0;
  #flowing = true;
  #current: StreamEvent | undefined;
  #end: { error?: Error } | undefined;
  #wake: (() => void) | undefined;

  constructor(hooks: QueueHooks) {
    this.#hooks = hooks;
  }

  /** False while the socket should be left alone. */
  get flowing(): boolean {
    return this.#flowing;
  }

  push(event: StreamEvent): void {
    if (this.#end !== undefined) return;
    this.#events.push(event);
    this.#weigh(weightOf(event));
    this.#wake?.();
  }

  /** After what waits comes the end. The first end counts. */
  end(error?: Error): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  /** The end now; what waits is forgotten. */
  cut(): void {
    this.#events.length = 0;
    this.#head = 0;
    this.#weigh(-this.#weight);
    this.end();
  }

  /** @throws the error the queue was ended with, after everything before it was read */
  async next(): Promise<IteratorResult<StreamEvent, undefined>> {
    const done = this.#current;
    this.#current = undefined;
    if (done !== undefined) {
      this.#weigh(-weightOf(done));
      this.#hooks.consumed(done, this.#head === this.#events.length);
    }
    while (this.#head === this.#events.length) {
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end !== undefined) return { done: true, value: undefined };
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
    }
    const event = this.#events[this.#head++] as StreamEvent;
    if (this.#head > 1024 || this.#head === this.#events.length) {
      this.#events.splice(0, this.#head);
      this.#head = 0;
    }
    this.#current = event;
    return { done: false, value: event };
  }

  #weigh(by: number): void {
    this.#weight = Math.max(0, this.#weight + by);
    const flow = this.#flowing ? this.#weight <= HIGH : this.#weight < LOW;
    if (flow === this.#flowing) return;
    this.#flowing = flow;
    this.#hooks.flow(flow);
  }
}

function weightOf(event: StreamEvent): number {
  if (event.kind === "timing") return 200 + 100 * event.marks.length;
  return 200 + (event.kind === "output" || event.kind === "snapshot" ? event.bytes.length : 0);
}
