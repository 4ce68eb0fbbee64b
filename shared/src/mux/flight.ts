// How much data of all streams may be on its way at once. One connection carries a flood and somebody's keys: what lies in
// kernels and proxies ahead of a key is waited for. So the flight follows the delay: it grows while data arrives as fast as
// the line can be, and shrinks when it begins to queue (D8).

const FIRST = 256 * 1024;
const LEAST = 128 * 1024;
const MOST = 4 * 1024 * 1024;
/** Bytes between two marks. */
const MARK = 48 * 1024;
const STEP = 32 * 1024;
/** Longer than the shortest seen by so many milliseconds, and by a quarter of it: it queues. */
const SLACK_MS = 60;
/** One slow answer is a busy machine; so many in a row are a queue. */
const IN_A_ROW = 3;
/** The shortest is looked for anew when none was as short for so long: routes change. */
const FORGET_MS = 60_000;

export class Flight {
  readonly #now: () => number;
  #limit = FIRST;
  #sent = 0;
  #arrived = 0;
  #unmarked = 0;
  /** Samples in a row that took long. */
  #slow = 0;
  #everQueued = false;
  #shortest = Number.POSITIVE_INFINITY;
  #shortestAt: number;
  /** The sample that is under way: bytes sent when it was taken, and when. */
  #sample: { readonly upTo: number; readonly at: number } | undefined;

  /** @param now milliseconds, monotonic */
  constructor(now: () => number) {
    this.#now = now;
    this.#shortestAt = now();
  }

  get hasRoom(): boolean {
    return this.#sent - this.#arrived < this.#limit;
  }

  /** More has arrived than was ever sent: the other side doesn't speak the protocol. */
  get isImpossible(): boolean {
    return this.#arrived > this.#sent;
  }

  /** It is time to be told again what has arrived. */
  get wantsMark(): boolean {
    return this.#unmarked >= MARK;
  }

  sent(bytes: number, marked: boolean): void {
    this.#sent += bytes;
    this.#unmarked = marked ? 0 : this.#unmarked + bytes;
    // Of what isn't marked nobody says when it came.
    if (marked) this.#sample ??= { upTo: this.#sent, at: this.#now() };
  }

  arrived(bytes: number): void {
    const used = this.#sent - this.#arrived;
    this.#arrived += bytes;
    if (this.#sample === undefined || this.#arrived < this.#sample.upTo) return;
    const now = this.#now();
    const took = now - this.#sample.at;
    this.#sample = undefined;
    if (now - this.#shortestAt > FORGET_MS) return this.#lookAnew(now);
    if (took <= this.#shortest) {
      this.#shortest = took;
      this.#shortestAt = now;
    }
    if (took > this.#shortest + Math.max(SLACK_MS, this.#shortest / 4)) this.#queues();
    else {
      this.#slow = 0;
      // What was not needed says nothing about what the line can take.
      if (used > this.#limit / 2) this.#limit = Math.min(MOST, this.#everQueued ? this.#limit + STEP : this.#limit * 1.25);
    }
  }

  /** With little on its way: what queues now would be taken for the length of the line. */
  #lookAnew(now: number): void {
    this.#shortest = Number.POSITIVE_INFINITY;
    this.#shortestAt = now;
    this.#limit = LEAST;
    this.#everQueued = false;
  }

  #queues(): void {
    if (++this.#slow < IN_A_ROW) return;
    this.#slow = 0;
    this.#everQueued = true;
    this.#limit = Math.max(LEAST, this.#limit * 0.7);
  }
}
