// Finds Ctrl+B d in what a person types, whatever the encoding and however the reads are cut, and lets everything else through
// in its order. Ctrl+B twice sends one; Ctrl+B and another key sends both; what only the terminal says in between doesn't count.
import { sequenceLength } from "./escape-sequence.ts";
import { classify, type Typed } from "./typed.ts";

const ESC = 0x1b;
/** A sequence that goes on for longer is not waited for. */
const MAX_HELD = 4096;

export interface Fed {
  /** Goes to the session. */
  readonly forward: Buffer;
  readonly detached: boolean;
  /** Keys after the chord in the same read: they go nowhere, and that should be said. */
  readonly unsent: number;
}

export class DetachChord {
  /** Bytes of a sequence whose end has not come. */
  #partial: Buffer = Buffer.alloc(0);
  /** Ctrl+B as it came, and short escapes after it that may be keys. */
  #prefix: Buffer | undefined;
  /** There are such escapes. */
  #afterPrefix = false;
  #pasting = false;

  /** How long to wait for more before `flush`, milliseconds; undefined when nothing is held that time should decide. */
  get waitMs(): number | undefined {
    if (this.#partial.length > 0) return 30;
    if (this.#afterPrefix) return 500;
    // A paste whose end gets lost must not hide the chord for ever.
    return this.#pasting ? 1_000 : undefined;
  }

  feed(read: Uint8Array): Fed {
    const bytes = this.#partial.length === 0 ? read : Buffer.concat([this.#partial, read]);
    this.#partial = Buffer.alloc(0);
    const out: Buffer[] = [];
    let plain = 0;
    for (let at = 0; at < bytes.length; ) {
      const byte = bytes[at] as number;
      // Nothing to decide about plain bytes: they go in one piece.
      if (byte !== ESC && this.#prefix === undefined && (byte !== 0x02 || this.#pasting)) {
        at++;
        continue;
      }
      out.push(Buffer.from(bytes.subarray(plain, at)));
      const length = byte === ESC ? sequenceLength(bytes, at) : 1;
      if (length === undefined && bytes.length - at < MAX_HELD) {
        this.#partial = Buffer.from(bytes.subarray(at));
        return { forward: Buffer.concat(out), detached: false, unsent: 0 };
      }
      const piece = Buffer.from(bytes.subarray(at, at + (length ?? bytes.length - at)));
      at += piece.length;
      plain = at;
      if (this.#take(piece, out)) return { forward: Buffer.concat(out), detached: true, unsent: countKeys(bytes.subarray(at)) };
    }
    out.push(Buffer.from(bytes.subarray(plain)));
    return { forward: Buffer.concat(out), detached: false, unsent: 0 };
  }

  /** Nothing more came: an ESC was the key, and what was held goes on its way. */
  flush(): Buffer {
    const held = this.#partial;
    this.#partial = Buffer.alloc(0);
    if (held.length === 0) this.#pasting = false;
    if (this.#prefix === undefined) return held;
    if (held.length === 0 && !this.#afterPrefix) return held;
    return Buffer.concat([this.#release(), held]);
  }

  /** @returns true when this piece completes the chord */
  #take(piece: Buffer, out: Buffer[]): boolean {
    const typed: Typed = classify(piece.toString("latin1"));
    if (typed === "paste-end") this.#pasting = false;
    // In a paste it is what somebody copied.
    if (typed === "answer" && !this.#pasting) return false;
    if (this.#prefix === undefined) {
      if (typed === "prefix" && !this.#pasting) this.#prefix = piece;
      else out.push(piece);
      if (typed === "paste-start") this.#pasting = true;
      return false;
    }
    switch (typed) {
      case "d": {
        // The chord is not for the session; an escape in between is.
        const held = this.#release();
        out.push(held.subarray(prefixLength(held)));
        return true;
      }
      case "prefix":
        // Only one of the two is for the session.
        out.push(this.#release());
        return false;
      case "report":
      case "answer":
        out.push(piece);
        return false;
      case "short-escape":
        this.#prefix = Buffer.concat([this.#prefix, piece]);
        this.#afterPrefix = true;
        return false;
      case "paste-start":
        this.#pasting = true;
        out.push(this.#release(), piece);
        return false;
      case "paste-end":
      case "key":
        out.push(this.#release(), piece);
        return false;
    }
  }

  #release(): Buffer {
    const held = this.#prefix ?? Buffer.alloc(0);
    this.#prefix = undefined;
    this.#afterPrefix = false;
    return held;
  }
}

function prefixLength(held: Buffer): number {
  return held[0] === ESC ? (sequenceLength(held, 0) ?? held.length) : 1;
}

/** Keys, not bytes: what the terminal says by itself is nobody's loss. */
function countKeys(bytes: Uint8Array): number {
  let keys = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at] === ESC ? (sequenceLength(bytes, at) ?? bytes.length - at) : 1;
    const piece = Buffer.from(bytes.subarray(at, at + length));
    const continues = length === 1 && ((piece[0] ?? 0) & 0xc0) === 0x80;
    if (!continues && !["report", "answer"].includes(classify(piece.toString("latin1")))) keys++;
    at += length;
  }
  return keys;
}
