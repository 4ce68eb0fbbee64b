// Whether a program prints more than anybody reads along with: then people get pictures of it instead of all its bytes.

/** Output is counted by pieces of time, milliseconds. */
const PIECE_MS = 50;
/** So much in one of them is a flood, bytes: 20 MB a second. */
const FLOOD = 1024 * 1024;
/** A flood ends when a piece brings less than this. */
const CALM = FLOOD / 4;

export class FloodMeter {
  #since = 0;
  #bytes = 0;
  #isFlood = false;

  /** @param now milliseconds of any steady clock */
  printed(bytes: number, now: number): void {
    this.#turn(now);
    this.#bytes += bytes;
    if (this.#bytes >= FLOOD) this.#isFlood = true;
  }

  isFlood(now: number): boolean {
    this.#turn(now);
    return this.#isFlood;
  }

  #turn(now: number): void {
    const pieces = Math.floor((now - this.#since) / PIECE_MS);
    if (pieces < 1) return;
    if (pieces > 1 || this.#bytes < CALM) this.#isFlood = false;
    this.#since += pieces * PIECE_MS;
    this.#bytes = 0;
  }
}
