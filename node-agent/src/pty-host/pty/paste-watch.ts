// Whether the bytes written last are inside a bracketed paste. A key that came into the middle of one would be pasted, not pressed.

const START = Buffer.from("\u001b[200~");
export const PASTE_END = Buffer.from("\u001b[201~");
/** A paste that never ends holds nothing up for longer. */
const LONGEST_MS = 2_000;

export class PasteWatch {
  #since: number | undefined;
  #tail = Buffer.alloc(0);

  get isBegun(): boolean {
    return this.#since !== undefined;
  }

  /** And what comes now waits for its end. */
  get isOpen(): boolean {
    return this.#since !== undefined && performance.now() - this.#since < LONGEST_MS;
  }

  wrote(bytes: Uint8Array): void {
    if (this.#tail.length === 0 && bytes.length < START.length && !bytes.includes(0x1b)) return;
    const seen = Buffer.concat([this.#tail, bytes]);
    const start = seen.lastIndexOf(START);
    const end = seen.lastIndexOf(PASTE_END);
    if (start > end) this.#since ??= performance.now();
    else if (end >= 0) this.#since = undefined;
    // The beginning of a marker that continues in the next piece.
    const escape = seen.lastIndexOf(0x1b);
    this.#tail = escape >= 0 && seen.length - escape < START.length ? Buffer.from(seen.subarray(escape)) : Buffer.alloc(0);
  }

  /** Index after the end marker in these bytes; -1: there is none. */
  static endIn(bytes: Uint8Array): number {
    const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(PASTE_END);
    return at < 0 ? -1 : at + PASTE_END.length;
  }
}
