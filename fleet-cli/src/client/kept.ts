/** One connection for all who need it at a time: made when it is first needed, and anew when it has ended or could not be made. */
export class Kept<T extends AsyncDisposable> implements AsyncDisposable {
  readonly #make: () => Promise<T | undefined>;
  readonly #lives: (made: T) => boolean;
  #making: Promise<T | undefined> | undefined;
  #made: T | undefined;

  /** @param make undefined: there is none to be had now. @param lives still good for another use */
  constructor(make: () => Promise<T | undefined>, lives: (made: T) => boolean = () => true) {
    this.#make = make;
    this.#lives = lives;
  }

  get(): Promise<T | undefined> {
    if (this.#made !== undefined && !this.#lives(this.#made)) void this[Symbol.asyncDispose]();
    return (this.#making ??= this.#begin());
  }

  async #begin(): Promise<T | undefined> {
    try {
      this.#made = await this.#make();
    } catch (error) {
      this.#making = undefined;
      throw error;
    }
    if (this.#made === undefined) this.#making = undefined;
    return this.#made;
  }

  /** Ends it; what is needed later is made anew. What was never made needs no end. */
  async [Symbol.asyncDispose](): Promise<void> {
    const making = this.#making;
    this.#making = undefined;
    this.#made = undefined;
    await (await making?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }
}
