// When a `latest` viewer gets pictures of the present instead of output (D4): while it is behind, and while the program
// prints more than anybody reads along with. Nobody misses a picture by that, and what ten viewers take from the program
// is ten pictures a second in place of ten times its output.
import type { OutputStore } from "../output/output-store.ts";

/** More than this between the viewer and the present is behind, bytes. */
const BEHIND = 1024 * 1024;
/** Time between pictures, milliseconds. All viewers get theirs at the same moments, so that one picture serves them all. */
const PACE_MS = 100;

export interface PresentDeps {
  readonly output: OutputStore;
  /** Where the viewer is. */
  readonly offset: () => number;
  /** Draws the present for it; with what scrolled by, once it is over. Resolves when the viewer has it. */
  readonly draw: (withScrollback: boolean) => Promise<void>;
  /** Goes on sending. */
  readonly goOn: () => void;
}

export class Present implements Disposable {
  readonly #deps: PresentDeps;
  #timer: NodeJS.Timeout | undefined;
  /** Output was left out since the last picture with scrollback. */
  #missing = false;
  #drawing = false;

  constructor(deps: PresentDeps) {
    this.#deps = deps;
  }

  /** Pictures come instead of output, and the next one comes by itself. */
  get isShown(): boolean {
    return this.#timer !== undefined || this.#drawing;
  }

  /** Before output, or its end, is sent. @returns whether a picture comes instead */
  takesOver(): boolean {
    if (this.isShown) return true;
    if (this.#isTooMuch()) {
      this.#missing = true;
      this.#timer = setTimeout(() => this.#tick(), PACE_MS - (performance.now() % PACE_MS));
      return true;
    }
    if (!this.#missing) return false;
    this.#missing = false;
    void this.#draw(true);
    return true;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #tick(): void {
    this.#timer = undefined;
    if (this.#isTooMuch()) void this.#draw(false);
    else this.#goOn();
  }

  /** One at a time: whoever can't take them as fast gets fewer, not later ones. */
  async #draw(withScrollback: boolean): Promise<void> {
    this.#drawing = true;
    await this.#deps.draw(withScrollback);
    this.#drawing = false;
    this.#goOn();
  }

  #goOn(): void {
    if (!this.takesOver()) this.#deps.goOn();
  }

  #isTooMuch(): boolean {
    const { output, offset } = this.#deps;
    return (output.isFlood && !output.ended) || output.end - offset() > BEHIND;
  }
}
