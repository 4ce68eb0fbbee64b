// What the session prints, on its way to the person's terminal: raw, as with any remote terminal, except for questions, which
// the session's own host has answered (D10), and for what would reach beyond the screen and isn't allowed to. Also the place
// where escape sequences are seen whole.
import { isQuery } from "./queries.ts";
import { reachesBeyond } from "./reach.ts";
import type { Sequence } from "./sequence.ts";
import type { Passing } from "./types.ts";

const ESC = 0x1b;
const BEL = 0x07;
/** Some terminals answer it, with a text that looks typed. */
const ENQ = 0x05;
const CAN = 0x18;
const SUB = 0x1a;
/** Introducers in their one-character form, as UTF-8: C2 and one of these. */
const C1: Readonly<Record<number, string>> = { 0x90: "P", 0x9b: "[", 0x9d: "]", 0x9f: "_" };
/** A CSI, or the head of a string, that goes on for longer is not waited for. */
const MAX_HELD = 1024;

export interface OutputFilterOptions {
  readonly passing: Passing;
  /** Every sequence that gets through. */
  readonly onSequence?: (sequence: Sequence) => void;
}

export class OutputFilter {
  readonly #options: OutputFilterOptions;
  #held: Buffer = Buffer.alloc(0);
  /** Inside a string that is being dropped. */
  #dropping = false;

  constructor(options: OutputFilterOptions) {
    this.#options = options;
  }

  /** @returns what may be written; the end of a sequence that has not come whole waits for the next call */
  feed(chunk: Buffer): Buffer {
    return withoutEnquiry(this.#filter(chunk));
  }

  #filter(chunk: Buffer): Buffer {
    let bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    if (this.#dropping) bytes = this.#drop(bytes);
    const kept: Buffer[] = [];
    let from = 0;
    let at = nextIntroducer(bytes, 0);
    while (at < bytes.length) {
      const boring = boringLength(bytes, at);
      if (boring > 0) {
        at = nextIntroducer(bytes, at + boring);
        continue;
      }
      const sequence = readSequence(bytes, at);
      if (sequence === "more") {
        kept.push(bytes.subarray(from, at));
        this.#held = Buffer.from(bytes.subarray(at));
        return join(kept);
      }
      if (sequence !== undefined && this.#isDropped(sequence)) {
        kept.push(bytes.subarray(from, at));
        from = at + sequence.length;
        if (sequence.open) {
          this.#dropping = true;
          bytes = this.#drop(bytes.subarray(from));
          from = 0;
          at = nextIntroducer(bytes, 0);
          continue;
        }
      } else if (sequence !== undefined) this.#options.onSequence?.(sequence);
      at = nextIntroducer(bytes, at + (sequence?.length ?? 1));
    }
    kept.push(bytes.subarray(from));
    return join(kept);
  }

  #isDropped(sequence: Sequence): boolean {
    return isQuery(sequence) || reachesBeyond(sequence, this.#options.passing);
  }

  /** Skips to the end of the string that is being dropped. @returns what follows it */
  #drop(bytes: Buffer): Buffer {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === BEL || byte === CAN || byte === SUB) {
        this.#dropping = false;
        return bytes.subarray(at + 1);
      }
      if (byte !== ESC && byte !== 0xc2) continue;
      const second = bytes[at + 1];
      if (second === undefined) {
        this.#held = Buffer.from(bytes.subarray(at));
        return Buffer.alloc(0);
      }
      if (byte === 0xc2 && second !== 0x9c) continue;
      this.#dropping = false;
      return bytes.subarray(second === 0x5c || second === 0x9c ? at + 2 : at);
    }
    return Buffer.alloc(0);
  }
}

function withoutEnquiry(bytes: Buffer): Buffer {
  return bytes.includes(ENQ) ? Buffer.from(bytes.filter((byte) => byte !== ENQ)) : bytes;
}

const join = (parts: Buffer[]) => (parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts));

function nextIntroducer(bytes: Buffer, from: number): number {
  // Mostly the next one is near, and a search of its own costs more than looking.
  const near = Math.min(bytes.length, from + 32);
  for (let at = from; at < near; at++) if (isIntroducer(bytes, at)) return at;
  const escape = bytes.indexOf(ESC, near);
  const end = escape < 0 ? bytes.length : escape;
  for (let at = bytes.subarray(0, end).indexOf(0xc2, near); at >= 0; at = bytes.subarray(0, end).indexOf(0xc2, at + 1)) {
    if (isIntroducer(bytes, at)) return at;
  }
  return end;
}

function isIntroducer(bytes: Buffer, at: number): boolean {
  const byte = bytes[at];
  return byte === ESC || (byte === 0xc2 && (at + 1 === bytes.length || C1[bytes[at + 1] as number] !== undefined));
}

/** Last characters of the CSIs that nobody here asks about: colours, erasing in the line, moving within it … */
const BORING = new Set(Buffer.from("mKCDBEGPX@LMST"));

/** Length of a CSI of nothing but digits that means nothing here, the most of what a program prints; otherwise 0. */
function boringLength(bytes: Buffer, at: number): number {
  if (bytes[at + 1] !== 0x5b || bytes[at] !== ESC) return 0;
  let end = at + 2;
  for (let byte = bytes[end] as number; byte >= 0x30 && byte <= 0x3b; byte = bytes[++end] as number);
  return BORING.has(bytes[end] as number) ? end + 1 - at : 0;
}

/** The sequence at `at`; "more" when that can't be said yet; undefined when it is none that matters. */
function readSequence(bytes: Buffer, at: number): Sequence | "more" | undefined {
  const second = bytes[at + 1];
  if (second === undefined) return "more";
  const kind = bytes[at] === ESC ? String.fromCharCode(second) : (C1[second] as string);
  if (kind === "[") return readCsi(bytes, at);
  if (kind === "]" || kind === "P" || kind === "_") return readString(bytes, at, kind);
  return second < 0x20 ? undefined : { kind, text: "", final: "", length: 2, open: false };
}

function readCsi(bytes: Buffer, at: number): Sequence | "more" | undefined {
  for (let end = at + 2; end < bytes.length; end++) {
    const byte = bytes[end] as number;
    if (byte === ESC || byte === CAN || byte === SUB || byte > 0x7f) return undefined;
    // Control characters inside are carried out by the terminal and are no part of the sequence.
    if (byte < 0x40 || byte === 0x7f) continue;
    return { kind: "[", text: plain(bytes.subarray(at + 2, end)), final: String.fromCharCode(byte), length: end + 1 - at, open: false };
  }
  return bytes.length - at > MAX_HELD ? undefined : "more";
}

/** A string is judged by its head, and passed on piece by piece when that is harmless: pictures are long. */
function readString(bytes: Buffer, at: number, kind: string): Sequence | "more" | undefined {
  for (let end = at + 2; end < bytes.length; end++) {
    const byte = bytes[end] as number;
    const ended = byte === BEL || byte === ESC || byte === CAN || byte === SUB || (byte === 0xc2 && bytes[end + 1] === 0x9c);
    if (!ended && end - at < MAX_HELD) continue;
    return { kind, text: plain(bytes.subarray(at + 2, end)), final: "", length: end - at, open: true };
  }
  return "more";
}

/** Without the control characters that terminals pass over inside a sequence. */
function plain(bytes: Buffer): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is being removed
  return bytes.toString("latin1").replace(/[\u0000-\u001f\u007f]/g, "");
}
