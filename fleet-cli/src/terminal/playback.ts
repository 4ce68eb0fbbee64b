// The clock of a recording that is played: when its next event is due, at the speed wanted by now. Pauses longer than
// `maxIdleMs` are cut to that.

export interface PlaybackOptions {
  /** Recorded seconds a second. */
  readonly speed: number;
  readonly maxIdleMs?: number | undefined;
  /** What is before this, in the recording's time, is due at once. */
  readonly fromMs?: number | undefined;
}

export const SPEED = { least: 1 / 64, most: 64 } as const;
/** Timers of Node don't reach further than some days. */
const LONGEST_WAIT_MS = 3_600_000;

export class Playback {
  readonly #options: PlaybackOptions;
  #speed: number;
  #begun = false;
  #paused = false;
  #stopped = false;
  #steps = 0;
  /** The recording's time of the event before, as recorded. */
  #recordedMs = 0;
  /** The same without what was cut of pauses: at `#sinceMs` of the world's clock it was here. */
  #positionMs = 0;
  #sinceMs = performance.now();
  /** Where it waits to get to. */
  #targetMs = 0;
  #wake: (() => void) | undefined;

  constructor(options: PlaybackOptions) {
    this.#options = options;
    this.#speed = options.speed;
  }

  get speed(): number {
    return this.#speed;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Resolves when what happened at this time is due. @returns false: it was stopped */
  async due(atMs: number): Promise<boolean> {
    const { fromMs = 0, maxIdleMs = Number.POSITIVE_INFINITY } = this.#options;
    const pause = atMs - Math.max(this.#recordedMs, Math.min(fromMs, atMs));
    this.#recordedMs = atMs;
    // What it took to get here from the beginning is not made up for.
    if (!this.#begun || atMs < fromMs) this.#moveTo(this.#targetMs);
    this.#begun = true;
    this.#targetMs += Math.min(pause, maxIdleMs);
    while (!this.#stopped) {
      if (atMs < fromMs) return true;
      if (this.#paused && this.#steps > 0) {
        this.#steps--;
        this.#moveTo(this.#targetMs);
        return true;
      }
      const waitMs = this.#paused ? LONGEST_WAIT_MS : (this.#targetMs - this.#now) / this.#speed;
      if (waitMs <= 0) return true;
      await this.#sleep(Math.min(waitMs, LONGEST_WAIT_MS));
    }
    return false;
  }

  /** Pauses or goes on. */
  toggle(): void {
    this.#moveTo(this.#now);
    this.#paused = !this.#paused;
    this.#steps = 0;
    this.#wake?.();
  }

  /** While it is paused: the next event, now. */
  step(): void {
    if (!this.#paused) return;
    this.#steps++;
    this.#wake?.();
  }

  /** @param factor 2: twice as fast as by now */
  change(factor: number): void {
    this.#moveTo(this.#now);
    this.#speed = Math.min(SPEED.most, Math.max(SPEED.least, this.#speed * factor));
    this.#wake?.();
  }

  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  get #now(): number {
    return this.#paused ? this.#positionMs : this.#positionMs + (performance.now() - this.#sinceMs) * this.#speed;
  }

  #moveTo(positionMs: number): void {
    this.#positionMs = positionMs;
    this.#sinceMs = performance.now();
  }

  async #sleep(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.#wake = undefined;
  }
}
