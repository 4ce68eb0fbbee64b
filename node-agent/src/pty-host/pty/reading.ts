// How much of a terminal's output is read before other sessions have their turn. Much at once is fastest; but while somebody
// types, each key passes this process twice, and waits each time for what is being read (D8).

/** The kernel hands out at most about 4 KiB a read. So much at once means that more waits. */
export const FULL_READ = 4095;
const MOST = 64 * 1024;
/** While somebody types: what has come. Asking for more may wait for a thread of the kernel, milliseconds on a busy machine. */
const LITTLE = FULL_READ;
/** Somebody who has typed types on, for so long, milliseconds. */
const TYPING_MS = 200;

export class Reading {
  /** All terminals are read into this one, one at a time, and copied from it: a buffer each would be most of what a session costs. */
  readonly buffer = Buffer.allocUnsafeSlow(MOST);
  #typedAt = Number.NEGATIVE_INFINITY;

  /** Input came for any session. */
  typed(): void {
    this.#typedAt = performance.now();
  }

  /** Bytes that may be read in one turn. */
  get most(): number {
    return performance.now() - this.#typedAt < TYPING_MS ? LITTLE : MOST;
  }
}
