// What was worked out for a text, kept for the next time it comes. Bounded: who sends ever new texts pushes out old ones and gains nothing.
export class Recent<T> {
  readonly #known = new Map<string, T>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @param make throws for a text that is worth nothing; that isn't kept */
  get(text: string, make: (text: string) => T): T {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const made = make(text);
    if (this.#known.size >= this.#limit) {
      const [oldest = ""] = this.#known.keys();
      this.#known.delete(oldest);
    }
    this.#known.set(text, made);
    return made;
  }
}
