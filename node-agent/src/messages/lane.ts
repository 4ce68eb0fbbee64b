// What waits for one node, handed over in order, one at a time. Tried at once when something comes, when the node beats again,
// and otherwise after growing pauses with jitter.
import { FleetError } from "@fleetwire/shared/errors";
import type { OutboxRow } from "../store/index.ts";
import { verdictOf } from "./outcome.ts";

const BASE_MS = 1_000;
const MAX_MS = 60_000;
const CHUNK = 50;

export interface LaneDeps {
  /** Oldest first. */
  queued(afterPlace: number, limit: number): OutboxRow[];
  /** Nobody took it back meanwhile. */
  waits(id: string): boolean;
  /** Hands one over; `moved`: it is another lane's now, with all of this one. @throws FleetError */
  deliver(row: OutboxRow): Promise<"taken" | "moved">;
  delivered(row: OutboxRow): void;
  /** For good. @param known somebody waited for the answer and has it */
  refused(row: OutboxRow, error: FleetError, known: boolean): void;
  /** What waited too long is taken out. */
  expire(): void;
  /** It stays. */
  stays(row: OutboxRow, error: FleetError): void;
  /** Nothing waits any more. */
  empty(): void;
  onFault(error: unknown): void;
}

/** Whoever waits to hear of a message, by its id; a message may change its lane. */
export type Waiters = Map<string, (attempt: Attempt) => void>;

/** `error`: why it was not delivered, or not yet. */
export interface Attempt {
  readonly state: "delivered" | "refused" | "queued";
  readonly error?: FleetError;
}

export class Lane {
  readonly #deps: LaneDeps;
  readonly #waiters: Waiters;
  /** Ids that somebody asked about here. */
  readonly #asked = new Set<string>();
  #running = false;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #lastError: FleetError | undefined;
  #stopped = false;
  /** Being handed over at this moment. */
  current: string | undefined;

  constructor(deps: LaneDeps, waiters: Waiters) {
    this.#deps = deps;
    this.#waiters = waiters;
  }

  /** Now. @param fresh the node is known to be there: pauses begin small again */
  kick(fresh = false): void {
    if (this.#stopped) return;
    if (fresh) this.#failures = 0;
    clearTimeout(this.#timer);
    this.#again = true;
    if (!this.#running) void this.#run();
  }

  /** What the next attempt for a message comes to; `queued` after that time. */
  outcome(id: string, withinMs: number): Promise<Attempt> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle({ state: "queued" }), withinMs);
      const settle = (attempt: Attempt) => {
        clearTimeout(timer);
        this.#waiters.delete(id);
        this.#asked.delete(id);
        resolve(attempt);
      };
      this.#waiters.set(id, settle);
      this.#asked.add(id);
    });
  }

  /** What is being handed over is not waited for: it is known there, and handed over again after the next start. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#settleAll();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#again && !this.#stopped) {
      this.#again = false;
      try {
        const waits = await this.#pass();
        if (waits) this.#later();
        else this.#failures = 0;
      } catch (error) {
        // The database or the disk: what waits is still there.
        if (!this.#stopped) this.#deps.onFault(error);
        this.#later();
      }
    }
    this.#running = false;
  }

  /** @returns whether something still waits */
  async #pass(): Promise<boolean> {
    const blocked = new Set<string>();
    let place = 0;
    this.#deps.expire();
    for (;;) {
      const rows = this.#deps.queued(place, CHUNK);
      for (const row of rows) {
        place = row.place;
        if (this.#stopped) return true;
        if (!this.#deps.waits(row.id)) continue;
        // One sender's messages to one recipient stay in order; nobody else waits for a full inbox.
        if (blocked.has(row.recipient)) {
          this.#settle(row.id, { state: "queued" });
          continue;
        }
        const next = await this.#attempt(row, blocked);
        if (next !== "go on") return next === "unreachable";
      }
      if (rows.length === 0) break;
    }
    if (blocked.size === 0) this.#deps.empty();
    return blocked.size > 0;
  }

  async #attempt(row: OutboxRow, blocked: Set<string>): Promise<"go on" | "unreachable" | "moved"> {
    this.current = row.id;
    try {
      if ((await this.#deps.deliver(row)) === "moved") return "moved";
      if (this.#stopped) return "unreachable";
    } catch (error) {
      return this.#failed(row, FleetError.from(error), blocked);
    } finally {
      this.current = undefined;
    }
    this.#deps.delivered(row);
    this.#failures = 0;
    this.#lastError = undefined;
    this.#settle(row.id, { state: "delivered" });
    return "go on";
  }

  #failed(row: OutboxRow, error: FleetError, blocked: Set<string>): "go on" | "unreachable" {
    if (this.#stopped) return "unreachable";
    const verdict = verdictOf(error);
    const asked = this.#waiters.has(row.id);
    // Whoever is there to hear a refusal decides what to do; what was accepted before is tried until it expires.
    if (verdict === "refused" || (asked && verdict !== "transport")) {
      this.#deps.refused(row, error, asked);
      this.#settle(row.id, { state: "refused", error });
      return verdict === "node" ? "unreachable" : "go on";
    }
    this.#lastError = error;
    this.#deps.stays(row, error);
    this.#settle(row.id, { state: "queued", error });
    if (verdict !== "recipient") return "unreachable";
    blocked.add(row.recipient);
    return "go on";
  }

  #settle(id: string, attempt: Attempt): void {
    this.#waiters.get(id)?.(attempt);
  }

  /** All that wait learn it now, not when it is their turn. */
  #settleAll(): void {
    for (const id of this.#asked) this.#settle(id, { state: "queued", error: this.#lastError });
  }

  #later(): void {
    if (this.#stopped) return;
    this.#settleAll();
    const pause = Math.min(MAX_MS, BASE_MS * 2 ** Math.min(this.#failures++, 10));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.kick(), pause * (0.5 + Math.random() / 2)).unref();
  }
}
