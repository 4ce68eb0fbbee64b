// Output of a program as text: escape sequences and control characters left out, or all of them but colours.

/** Introduces a sequence: ESC in 7-bit form; the 8-bit forms as UTF-8 are C2 80 … C2 9F. */
const ESC = 0x1b;
const MAX_SEQUENCE = 8 * 1024;

/**
 * Passes text, colours (SGR) and line control; drops every other escape sequence. `strip` drops colours too and keeps only
 * line ends and tabs of the control characters.
 */
export class OutputNeutraliser {
  readonly #strip: boolean;
  #held: Buffer = Buffer.alloc(0);

  constructor(options: { strip: boolean }) {
    this.#strip = options.strip;
  }

  /** @returns what may be shown; an unfinished sequence waits for the next call */
  feed(chunk: Uint8Array): Buffer {
    const bytes = this.#held.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    const kept: Buffer[] = [];
    let from = 0;
    let at = 0;
    const drop = (length: number) => {
      kept.push(bytes.subarray(from, at));
      at += length;
      from = at;
    };
    while (at < bytes.length) {
      const byte = bytes[at] as number;
      if (byte === ESC || (byte === 0xc2 && isC1(bytes[at + 1]))) {
        const length = sequenceLength(bytes, at);
        if (length === undefined && bytes.length - at <= MAX_SEQUENCE) break;
        const end = length ?? bytes.length - at;
        if (!this.#strip && isColour(bytes, at, end)) at += end;
        else drop(end);
      } else if (byte === 0xc2 && at + 1 === bytes.length) break;
      else if (isDropped(byte, this.#strip)) drop(1);
      else at++;
    }
    kept.push(bytes.subarray(from, at));
    this.#held = Buffer.from(bytes.subarray(at));
    return Buffer.concat(kept);
  }
}

/** Text without escape sequences and control characters, except line ends and tabs. */
export function stripEscapes(text: string): string {
  return new OutputNeutraliser({ strip: true }).feed(Buffer.from(text)).toString("utf8");
}

const isC1 = (byte: number | undefined) => byte !== undefined && byte >= 0x80 && byte <= 0x9f;

function isDropped(byte: number, strip: boolean): boolean {
  if (byte === 0x0a || byte === 0x09 || (byte === 0x0d && !strip) || (byte === 0x08 && !strip)) return false;
  return byte < 0x20 || byte === 0x7f;
}

/** `ESC [ digits ; : m` */
function isColour(bytes: Buffer, at: number, length: number): boolean {
  if (bytes[at] !== ESC || bytes[at + 1] !== 0x5b || bytes[at + length - 1] !== 0x6d) return false;
  return bytes.subarray(at + 2, at + length - 1).every((byte) => byte >= 0x30 && byte <= 0x3b);
}

/** Length of the sequence that ESC, or C2 before a control character of eight bits, begins at `at`; undefined when its end has not come yet. */
export function sequenceLength(bytes: Buffer, at: number): number | undefined {
  const second = bytes[at + 1];
  if (second === undefined) return undefined;
  const kind = bytes[at] === ESC ? second : second - 0x40;
  if (kind === 0x5b) return csiLength(bytes, at);
  // OSC, DCS, SOS, PM and APC: strings up to BEL or ST.
  if (kind === 0x5d || kind === 0x50 || kind === 0x58 || kind === 0x5e || kind === 0x5f) return stringLength(bytes, at);
  if (bytes[at] !== ESC) return 2;
  // ESC, intermediates, final.
  let end = at + 1;
  while (end < bytes.length && (bytes[end] as number) >= 0x20 && (bytes[end] as number) <= 0x2f) end++;
  if (end === bytes.length) return undefined;
  return (bytes[end] as number) < 0x20 || (bytes[end] as number) > 0x7e ? end - at : end + 1 - at;
}

function csiLength(bytes: Buffer, at: number): number | undefined {
  for (let end = at + 2; end < bytes.length; end++) {
    const byte = bytes[end] as number;
    if (byte >= 0x40 && byte <= 0x7e) return end + 1 - at;
    if (byte < 0x20 || byte > 0x7e) return end - at;
  }
  return undefined;
}

function stringLength(bytes: Buffer, at: number): number | undefined {
  for (let end = at + 2; end < bytes.length; end++) {
    const byte = bytes[end];
    if (byte === 0x07 || byte === 0x18 || byte === 0x1a) return end + 1 - at;
    if (byte === ESC) return bytes[end + 1] === undefined ? undefined : bytes[end + 1] === 0x5c ? end + 2 - at : end - at;
    if (byte === 0xc2 && bytes[end + 1] === 0x9c) return end + 2 - at;
  }
  return undefined;
}
