/** The terminal made CR LF of each LF; a pipe gets the LF back. */
export class LineEnds {
  #cr = false;

  feed(bytes: Buffer): Buffer {
    const kept = Buffer.allocUnsafe(bytes.length + 1);
    let length = 0;
    for (const byte of bytes) {
      if (this.#cr && byte !== 0x0a) kept[length++] = 0x0d;
      this.#cr = byte === 0x0d;
      if (!this.#cr) kept[length++] = byte;
    }
    return kept.subarray(0, length);
  }

  end(): Buffer {
    return this.#cr ? Buffer.from("\r") : Buffer.alloc(0);
  }
}
