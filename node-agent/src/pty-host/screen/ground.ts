// Where a piece of output can be cut so that nothing is cut through: an escape sequence or a character that is not complete
// yet belongs to what comes after (D2: live bytes must make sense right after a snapshot).

const ESC = 0x1b;
const BEL = 0x07;
const CAN = 0x18;
const SUB = 0x1a;

/** Length of the longest prefix that ends outside any sequence or character. @param bytes begin outside of any, too */
export function groundLength(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(ESC); at >= 0; ) {
    const end = sequenceEnd(bytes, at);
    if (end < 0) return at;
    at = bytes.indexOf(ESC, end);
  }
  return bytes.length - partialCharacter(bytes);
}

/** Index after the sequence that begins with the ESC at `start`; -1 when it is not complete. */
function sequenceEnd(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === CAN || byte === SUB) return at + 1;
    if (byte === ESC) return at;
    if (byte === 0x5b) return controlEnd(bytes, at + 1);
    if (byte === 0x5d) return stringEnd(bytes, at + 1, true);
    if (byte === 0x50 || byte === 0x58 || byte === 0x5e || byte === 0x5f) return stringEnd(bytes, at + 1, false);
    if (byte >= 0x30 && byte < 0x7f) return at + 1;
  }
  return -1;
}

function controlEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === ESC) return at;
    if (byte === CAN || byte === SUB || (byte >= 0x40 && byte < 0x7f)) return at + 1;
  }
  return -1;
}

/** OSC may end with BEL; all strings end with the next ESC, and a terminal acts on them only when it sees that: the two stay together. */
function stringEnd(bytes: Uint8Array, from: number, bell: boolean): number {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === ESC) return sequenceEnd(bytes, at);
    if (byte === CAN || byte === SUB || (bell && byte === BEL)) return at + 1;
  }
  return -1;
}

/** Bytes at the end that begin a UTF-8 character and don't complete it. */
function partialCharacter(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80 || byte > 0xf7) return 0;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return back < length ? back : 0;
  }
  return 0;
}
