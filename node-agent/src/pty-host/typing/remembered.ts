// What was typed under which operation id: asked again, it is answered, not typed again.
import type { Typed } from "@fleetwire/shared/control";

/** Longer than any request is repeated. */
const KEPT_MS = 15 * 60_000;
const MOST = 10_000;

export class Remembered {
  readonly #known = new Map<string, { readonly at: number; readonly answer: Promise<Typed> }>();

  /** @param ids that mean this and nothing else; any of them known is enough */
  once(ids: readonly string[], type: () => Promise<Typed>): Promise<Typed> {
    for (const id of ids) {
      const known = this.#known.get(id);
      if (known !== undefined) return known.answer;
    }
    const answer = type();
    // Whoever asked hears of a failure; nobody may.
    answer.catch(() => undefined);
    const at = Date.now();
    for (const id of ids) this.#known.set(id, { at, answer });
    for (const [id, known] of this.#known) {
      if (at - known.at < KEPT_MS && this.#known.size <= MOST) break;
      this.#known.delete(id);
    }
    return answer;
  }
}
