// What a session does as its log falls behind, fails, comes back or gives up its beginning.
import { LOG_BEHIND, type OutputStore } from "../output/output-store.ts";
import type { TimingIndex } from "../log/timing-index.ts";

export interface LogWatchDeps {
  readonly output: OutputStore;
  readonly timing: TimingIndex;
  /** The program's terminal is read no further until the log has caught up. */
  readonly onPause: (paused: boolean) => void;
  /** Writing began to fail, or works again. */
  readonly onFailing: () => void;
  /** What lies beside the log may be gone as well: it is written again. */
  readonly onRestored: () => void;
}

export class LogWatch {
  readonly #deps: LogWatchDeps;
  #paused = false;
  #start: number;
  #wasFailing = false;
  #losses = 0;

  constructor(deps: LogWatchDeps) {
    this.#deps = deps;
    this.#start = deps.output.log.start;
    deps.output.log.onChange(() => this.#changed());
  }

  /** After each piece of output. */
  appended(): void {
    if (!this.#paused && this.#deps.output.log.waiting > LOG_BEHIND) this.#pause(true);
  }

  #changed(): void {
    const { output: { log }, timing, onFailing, onRestored } = this.#deps;
    if (this.#paused && log.waiting < LOG_BEHIND / 4) this.#pause(false);
    if (log.start !== this.#start) {
      this.#start = log.start;
      void timing.trim(log.start);
    }
    const failing = log.failure !== undefined;
    if (failing !== this.#wasFailing) onFailing();
    if (!failing && (this.#wasFailing || log.losses !== this.#losses)) onRestored();
    this.#losses = log.losses;
    this.#wasFailing = failing;
  }

  #pause(paused: boolean): void {
    this.#paused = paused;
    this.#deps.onPause(paused);
  }
}
