// A page of a stream's bytes as text, cut where the next page can begin without knowing this one.
import { sequenceLength, stripEscapes } from "./neutraliser.ts";

/** A sequence that fills more than a page of its own is waited for no longer, bytes. */
const MAX_SEQUENCE = 8 * 1024;

export interface PlainPiece {
  readonly text: string;
  /** Bytes it was made of: what comes after them is a page of its own. */
  readonly taken: number;
}

/**
 * @param bytes that begin between two sequences and two characters
 * @param last nothing comes after them: what is incomplete stays so
 */
export function takePlain(bytes: Buffer, last: boolean): PlainPiece {
  const taken = last ? bytes.length : wholeLength(bytes);
  return { text: stripEscapes(bytes.toString("utf8", 0, taken)), taken };
}

/** Without a sequence or a character at the end that has only begun. */
function wholeLength(bytes: Buffer): number {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte !== 0x1b && byte !== 0xc2) continue;
    const length = sequenceLength(bytes, at);
    if (length === undefined) return at === 0 && bytes.length > MAX_SEQUENCE ? bytes.length : at;
    if (byte === 0x1b || length > 2) at += length - 1;
  }
  return bytes.length - openCharacter(bytes);
}

/** Bytes of a character at the end whose others are missing. */
function openCharacter(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? back : 0;
  }
  return 0;
}
