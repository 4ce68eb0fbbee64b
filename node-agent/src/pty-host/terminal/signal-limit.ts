// How much of what a program says is told on: enough for one that means something, little for one that shows a spinner in its
// title or rings in a loop. The last title is always told, late if need be.
import type { TerminalSignal } from "@fleetwire/shared/control";

/** At once, and per second after that. */
const BURST = 20;
const PER_SECOND = 4;
const LATE_MS = 1_000;

export class SignalLimit {
  readonly #tell: (signal: TerminalSignal) => void;
  #left = BURST;
  #since = 0;
  #lateTitle: TerminalSignal | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (signal: TerminalSignal) => void) {
    this.#tell = tell;
  }

  take(signal: TerminalSignal): void {
    this.#left = Math.min(BURST, this.#left + ((signal.at - this.#since) / 1000) * PER_SECOND);
    this.#since = signal.at;
    if (signal.kind === "title") this.#lateTitle = undefined;
    if (this.#left >= 1) {
      this.#left--;
      this.#tell(signal);
    } else if (signal.kind === "title") {
      this.#lateTitle = signal;
      this.#timer ??= setTimeout(() => this.flush(), LATE_MS).unref();
    }
  }

  /** The title that waits is told now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const title = this.#lateTitle;
    this.#lateTitle = undefined;
    if (title !== undefined) this.#tell(title);
  }
}
