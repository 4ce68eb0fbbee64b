// Whether a program is ready for what is typed. One that starts may throw away what came before it set its terminal up
// (TCSAFLUSH), or take Enter for something else. It is ready when it was seen to wait for input on two looks, with the same
// program in front and the same modes. Where that can't be seen: when it sleeps, has gone quiet and changes nothing.
import { setTimeout as sleep } from "node:timers/promises";
import type { FrontState } from "../processes/front-state.ts";
import type { TerminalState } from "../pty/spawner.ts";

/** A program that never reads is waited for so long after it started, milliseconds, unless the sender says otherwise. */
export const READY_MS = 10_000;
/** One that has run for longer, or can't be known, gets a moment: it may be changing its terminal just now. */
const MOMENT_MS = 1_000;
const QUIET_MS = 250;
const FIRST_LOOK_MS = 15;
const LONGEST_LOOK_MS = 100;
/** Programs, each in its modes, that were ready once. A shell alternates between few. */
const KNOWN = 16;

export interface Observed {
  readonly look: () => Promise<TerminalState | undefined>;
  readonly front: () => FrontState | undefined;
  readonly lastOutputAt: () => number | null;
  /** The session has ended. */
  readonly over: () => boolean;
}

interface Sight {
  /** Program and modes. */
  readonly key: string;
  readonly ready: boolean;
  readonly ageMs: number;
}

export class Readiness {
  readonly #observed: Observed;
  readonly #known = new Set<string>();

  constructor(observed: Observed) {
    this.#observed = observed;
  }

  /**
   * Resolves when the program may be typed to, at once where it was ready before: one that is busy reads it later.
   * @param withinMs bound, counted from the program's start @returns false: it was not seen to be ready within that
   */
  async wait(withinMs: number): Promise<boolean> {
    const began = Date.now();
    let before: Sight | undefined;
    let patienceMs: number | undefined;
    for (let pauseMs = FIRST_LOOK_MS; !this.#observed.over(); pauseMs = Math.min(LONGEST_LOOK_MS, pauseMs * 2)) {
      const now = await this.#see();
      if (this.#known.has(now.key)) return true;
      if (now.ready && before?.ready === true && before.key === now.key) return this.#believe(now.key);
      patienceMs ??= Math.min(withinMs, Math.max(MOMENT_MS, withinMs - now.ageMs));
      // Another program or other modes: that one starts only now.
      if (before !== undefined && before.key !== now.key) patienceMs = Math.min(withinMs, Date.now() - began + Math.max(MOMENT_MS, withinMs - now.ageMs));
      if (Date.now() - began >= patienceMs) {
        // Asked once: the next to type needn't wait for it again.
        if (patienceMs > 0) this.#believe(now.key);
        return false;
      }
      before = now;
      await sleep(now.ready ? FIRST_LOOK_MS : pauseMs);
    }
    return false;
  }

  #believe(key: string): true {
    this.#known.add(key);
    for (const oldest of this.#known) if (this.#known.size > KNOWN) this.#known.delete(oldest);
    return true;
  }

  async #see(): Promise<Sight> {
    const { look, front, lastOutputAt } = this.#observed;
    const terminal = await look();
    const program = front();
    const quiet = Date.now() - (lastOutputAt() ?? 0) >= QUIET_MS;
    const ready = program?.does === "reads" || ((program === undefined || program.does === "asleep") && quiet);
    return { key: `${program?.program ?? ""} ${terminal?.modes ?? ""}`, ready, ageMs: program?.ageMs ?? 0 };
  }
}
