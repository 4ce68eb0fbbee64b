// What was typed under which operation id: asked again, it is answered, not typed again.
import type { Typed } from "@fleetwire/shared/control";

/** Longer than any request is repeated. */
const KEPT_MS = 15 * 60_000;
const MOST = 10_000;

export class Remembered {
  readonly #known = new Map<string, { readonly at: number; readonly answer: Promise<Typed> }>();

  once(id: string, type: () => Promise<Typed>): Promise<Typed> {
    const known = this.#known.get(id);
    if (known !== undefined) return known.answer;
    const answer = type();
    // Whoever asked hears of a failure; nobody may.
    answer.catch(() => undefined);
    const at = Date.now();
    this.#known.set(id, { at, answer });
    for (const [oldest, { at: since }] of this.#known) {
      if (at - since < KEPT_MS && this.#known.size <= MOST) break;
      this.#known.delete(oldest);
    }
    return answer;
  }
}
