// Where input may be divided so that something else goes in between: never inside a character or an escape sequence.

const ESCAPE = 0x1b;
/** No key or mouse report is longer. */
const LONGEST_SEQUENCE = 32;
const MORE_OF_A_CHARACTER = 3;

/** @returns the first index from `done` on at which nothing is in the middle */
export function wholeFrom(bytes: Uint8Array, done: number): number {
  if (done <= 0 || done >= bytes.length) return done;
  let end = done;
  while (end < bytes.length && end - done < MORE_OF_A_CHARACTER && ((bytes[end] ?? 0) & 0xc0) === 0x80) end++;
  const escape = bytes.lastIndexOf(ESCAPE, done - 1);
  return escape < 0 || done - escape >= LONGEST_SEQUENCE ? end : Math.max(end, sequenceEnd(bytes, escape));
}

/** Index after the sequence that begins here: CSI … final, SS3 and a character, or Escape and a character (Alt). */
function sequenceEnd(bytes: Uint8Array, at: number): number {
  const kind = String.fromCharCode(bytes[at + 1] ?? 0);
  if (kind === "O") return Math.min(bytes.length, at + 3);
  if (kind !== "[") return Math.min(bytes.length, at + 2);
  let end = at + 2;
  while (end < bytes.length && end - at < LONGEST_SEQUENCE && !isFinal(bytes[end] ?? 0)) end++;
  return Math.min(bytes.length, end + 1);
}

const isFinal = (byte: number) => byte >= 0x40 && byte <= 0x7e;
