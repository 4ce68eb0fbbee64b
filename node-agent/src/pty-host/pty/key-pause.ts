// Before a key that is to be a keystroke of its own: a moment, and longer while the program has not taken what came before.
// What a program reads at once it takes for one paste, and Enter in a paste for a new line.
import { setTimeout as sleep } from "node:timers/promises";

const LEAST_MS = 3;
/** A program that doesn't read is waited for at most so long; not again until it has read. */
const UNTAKEN_MS = 5_000;
const FIRST_LOOK_MS = 5;
const LONGEST_LOOK_MS = 80;

interface Paused {
  /** After what came before, longest: where nothing comes back from the program. */
  pauseMs: number;
}

export class KeyPause {
  readonly #unread: () => Promise<number | undefined>;
  #key: Paused | undefined;
  #resume = () => {};
  #timer: NodeJS.Timeout | undefined;
  #began = 0;
  #untakenSince: number | undefined;

  /** @param unread bytes that the program has not taken; undefined where that can't be seen */
  constructor(unread: () => Promise<number | undefined>) {
    this.#unread = unread;
  }

  /**
   * Calls back once, with the key's pause at 0. Asked again for the same key it goes on as it was.
   * @param since when the terminal took what came before, as performance.now() gives it
   */
  before(key: Paused, since: number, resume: () => void): void {
    if (this.#key === key) return;
    this.end();
    this.#key = key;
    this.#resume = resume;
    this.#began = since;
    this.#timer = setTimeout(() => void this.#untilTaken(key), Math.max(0, key.pauseMs - (performance.now() - since)));
  }

  /** The program has answered what came before. */
  shorten(): void {
    const key = this.#key;
    if (key === undefined || this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#untilTaken(key), Math.max(0, LEAST_MS - (performance.now() - this.#began)));
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#key = undefined;
  }

  async #untilTaken(key: Paused): Promise<void> {
    this.#timer = undefined;
    const until = (this.#untakenSince ??= performance.now()) + UNTAKEN_MS;
    let unread = await this.#unread();
    for (let pauseMs = FIRST_LOOK_MS; this.#key === key && unread !== undefined && unread > 0 && performance.now() < until; pauseMs = Math.min(LONGEST_LOOK_MS, pauseMs * 2)) {
      await sleep(pauseMs);
      unread = await this.#unread();
    }
    if (unread === 0) this.#untakenSince = undefined;
    if (this.#key !== key) return;
    this.#key = undefined;
    key.pauseMs = 0;
    this.#resume();
  }
}
