// How long an escape sequence from a terminal is: keys, and its reports of mouse, focus, cursor and the like.

const ESC = 0x1b;
const BEL = 0x07;
const inRange = (byte: number | undefined, from: number, to: number) => byte !== undefined && byte >= from && byte <= to;

/**
 * The length of the sequence that starts at `at`, which is an ESC; undefined when its end has not come yet. A lone ESC
 * before something that can't follow it counts as a sequence of one byte.
 */
export function sequenceLength(bytes: Uint8Array, at: number): number | undefined {
  const second = bytes[at + 1];
  if (second === undefined) return undefined;
  if (second === 0x5b) return csiLength(bytes, at);
  if (second === 0x4f) return bytes[at + 2] === undefined ? undefined : 3;
  // OSC, DCS, APC, PM, SOS: replies to queries.
  if (second === 0x5d || second === 0x50 || second === 0x5f || second === 0x5e || second === 0x58) return stringLength(bytes, at);
  return second === ESC || second < 0x20 ? 1 : 2;
}

function csiLength(bytes: Uint8Array, at: number): number | undefined {
  let end = at + 2;
  while (inRange(bytes[end], 0x20, 0x3f)) end++;
  const final = bytes[end];
  if (final === undefined) return undefined;
  // The first kind of mouse report has three raw bytes after its end.
  const raw = final === 0x4d && end === at + 2 ? 3 : 0;
  if (!inRange(final, 0x40, 0x7e)) return end - at;
  return end + 1 + raw <= bytes.length ? end + 1 + raw - at : undefined;
}

function stringLength(bytes: Uint8Array, at: number): number | undefined {
  for (let end = at + 2; end < bytes.length; end++) {
    if (bytes[end] === BEL) return end + 1 - at;
    if (bytes[end] === ESC) return bytes[end + 1] === undefined ? undefined : bytes[end + 1] === 0x5c ? end + 2 - at : end - at;
  }
  return undefined;
}
