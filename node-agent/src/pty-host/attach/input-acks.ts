// Acknowledgements of input, a few for many keys: one for each would be in the way of the key's own echo.

/** So long one may wait for the next, milliseconds. */
const WAIT_MS = 20;
/** So much input is acknowledged at once, bytes: a sender's window is small. */
const MANY = 16 * 1024;

export class InputAcks implements Disposable {
  readonly #say: (offset: number) => void;
  #told: number;
  #taken: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param from offset that the client knows to be taken */
  constructor(from: number, say: (offset: number) => void) {
    this.#told = this.#taken = from;
    this.#say = say;
  }

  /** @param offset everything before it was taken */
  took(offset: number): void {
    this.#taken = offset;
    if (offset - this.#told >= MANY) this.#tell();
    else this.#timer ??= setTimeout(() => this.#tell(), WAIT_MS);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#told = this.#taken;
    this.#say(this.#taken);
  }
}
