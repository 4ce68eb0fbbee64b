// A log's bytes as lines of plain text with the offset of each: what `fleet logs --plain` prints, made at the speed of a disk.
import { sequenceLength } from "@fleetwire/shared/plain";

/** A longer line comes in pieces, bytes. */
const MAX_LINE = 64 * 1024;
/** A sequence without an end is waited for so long, bytes. */
const MAX_SEQUENCE = 8 * 1024;
const TAB = 0x09;
const LF = 0x0a;
const ESC = 0x1b;
/** Before 0x80–0x9f it makes a control character of eight bits. */
const C2 = 0xc2;

const TEXT = new Uint8Array(256).map((_, byte) => (byte === TAB || (byte >= 0x20 && byte !== 0x7f && byte !== C2) ? 1 : 0));

/** @returns false: no further lines are wanted */
export type TakeLine = (offset: number, text: string) => boolean;

export class PlainLines {
  readonly #line = Buffer.allocUnsafe(MAX_LINE);
  #length = 0;
  /** Where the line began. */
  #from: number;
  /** Offset of the next byte. */
  #at: number;
  #held: Buffer = Buffer.alloc(0);
  readonly #take: TakeLine;
  #stopped = false;

  /** @param offset of the first byte, which is that of a line */
  constructor(offset: number, take: TakeLine) {
    this.#from = this.#at = offset;
    this.#take = take;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** After a hole in the log a line begins. */
  skipTo(offset: number): void {
    this.end();
    this.#from = this.#at = offset;
  }

  feed(chunk: Buffer): void {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const begin = this.#at - this.#held.length;
    const taken = this.#scan(bytes, begin);
    this.#held = Buffer.from(bytes.subarray(taken));
    this.#at += chunk.length;
  }

  /** The line that has no end. What is left of a sequence is no text. */
  end(): void {
    this.#held = Buffer.alloc(0);
    if (this.#length > 0) this.#cut(this.#length, this.#at);
  }

  /** @param begin offset of the first of these bytes @returns how many were taken: a sequence may have only begun */
  #scan(bytes: Buffer, begin: number): number {
    const line = this.#line;
    const { length } = bytes;
    let at = 0;
    while (at < length && !this.#stopped) {
      const byte = bytes[at] as number;
      if (TEXT[byte] === 1) {
        if (this.#length === MAX_LINE) this.#cut(wholeCharacters(line, MAX_LINE), begin + at);
        line[this.#length++] = byte;
        at++;
      } else if (byte === LF) {
        at++;
        this.#cut(this.#length, begin + at);
      } else if (byte === ESC || byte === C2) {
        if (byte === C2 && at + 1 < length && !isC1(bytes[at + 1] as number)) {
          if (this.#length === MAX_LINE) this.#cut(MAX_LINE, begin + at);
          line[this.#length++] = byte;
          at++;
          continue;
        }
        const sequence = sequenceLength(bytes, at);
        if (sequence === undefined && length - at <= MAX_SEQUENCE) return at;
        at += sequence ?? length - at;
      } else at++;
    }
    return this.#stopped ? length : at;
  }

  /** @param used bytes of the line that are told; the rest begins the next one @param next where that begins */
  #cut(used: number, next: number): void {
    const rest = this.#length - used;
    if (!this.#take(this.#from, this.#line.toString("utf8", 0, used))) this.#stopped = true;
    this.#line.copyWithin(0, used, this.#length);
    this.#length = rest;
    this.#from = next - rest;
  }
}

const isC1 = (byte: number): boolean => byte >= 0x80 && byte <= 0x9f;

/** Without a character at the end that is not complete. */
function wholeCharacters(line: Buffer, length: number): number {
  let at = length;
  while (at > length - 4 && ((line[at - 1] as number) & 0xc0) === 0x80) at--;
  return (line[at - 1] as number) >= 0xc0 ? at - 1 : length;
}
