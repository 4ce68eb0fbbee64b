import { Transform, type TransformCallback } from "node:stream";

const NEWLINE = 0x0a;

/** Passes lines; one that is too long is left out, however long it is, and what follows is read on. */
export class BoundedLines extends Transform {
  readonly #maxBytes: number;
  readonly #onDropped: () => void;
  #held: Buffer[] = [];
  #size = 0;
  #dropping = false;

  constructor(maxBytes: number, onDropped: () => void) {
    super();
    this.#maxBytes = maxBytes;
    this.#onDropped = onDropped;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    for (let from = 0; from < chunk.length; ) {
      const end = chunk.indexOf(NEWLINE, from) + 1;
      this.#take(chunk.subarray(from, end === 0 ? chunk.length : end), end !== 0);
      from = end === 0 ? chunk.length : end;
    }
    done();
  }

  #take(piece: Buffer, isEnd: boolean): void {
    if (!this.#dropping) {
      this.#size += piece.length;
      if (this.#size > this.#maxBytes) {
        this.#dropping = true;
        this.#held = [];
        this.#onDropped();
      } else this.#held.push(piece);
    }
    if (!isEnd) return;
    if (!this.#dropping) this.push(Buffer.concat(this.#held));
    this.#held = [];
    this.#size = 0;
    this.#dropping = false;
  }
}
