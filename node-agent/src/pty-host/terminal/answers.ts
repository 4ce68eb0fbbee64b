// The answers on their way to the program, in the order of its questions: programs match them by order, and take the answer to
// a question that every terminal knows for the end of all the others. One that waits for the picture holds up those after it.

/** Questions that may wait for an answer at once. */
const MAX_WAITING = 256;
/** Answers that the program has not read, bytes (every answer is ASCII). One who asks and never reads is answered no more until it does. */
const MAX_UNREAD = 32 * 1024;

/** An answer's place in the order. */
interface Place {
  text: string | undefined;
}

export class Answers {
  readonly #write: (bytes: Buffer, onWritten: () => void) => void;
  readonly #places: Place[] = [];
  #unread = 0;

  /** @param write puts bytes into the program's input, before what people typed and waits there */
  constructor(write: (bytes: Buffer, onWritten: () => void) => void) {
    this.#write = write;
  }

  get full(): boolean {
    return this.#places.length >= MAX_WAITING || this.#unread >= MAX_UNREAD;
  }

  /** Goes out with `flush`. */
  add(text: string): void {
    this.#unread += text.length;
    const last = this.#places.at(-1);
    if (last?.text === undefined) this.#places.push({ text });
    else last.text += text;
  }

  /** Keeps a place for an answer that comes later. @returns gives it, to go out with the next `flush` */
  later(): (text: string) => void {
    const place: Place = { text: undefined };
    this.#places.push(place);
    return (text) => {
      this.#unread += text.length;
      place.text = text;
    };
  }

  /** Everything up to the first that still waits. */
  flush(): void {
    if (this.#places.length === 0) return;
    const waiting = this.#places.findIndex(({ text }) => text === undefined);
    const ready = this.#places.splice(0, waiting < 0 ? this.#places.length : waiting);
    const bytes = Buffer.from(ready.map(({ text }) => text).join(""), "latin1");
    if (bytes.length === 0) return;
    this.#write(bytes, () => (this.#unread -= bytes.length));
  }
}
