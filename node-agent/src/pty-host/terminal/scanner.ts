// Reads a terminal's output for the few things in it that are not drawn: questions, modes, titles, bells. Whatever is only
// drawn costs a search for the next ESC or BEL and nothing else; no sequence is looked at twice, wherever the reads are cut.

const ESC = 0x1b;
const BEL = 0x07;
const CAN = 0x18;
const SUB = 0x1a;
/** Parameters of a control sequence that are longer mean nothing here. */
const MAX_PARAMS = 256;
/** The same for strings: what is beyond is passed over, and said to be missing. */
const MAX_TEXT = 4096;
/** So near the next sequence mostly is, and a search of its own costs more than looking. */
const NEAR = 24;

export interface Text {
  /** `]` OSC, `P` DCS. */
  readonly kind: "]" | "P";
  readonly text: string;
  /** Nothing of it is missing. */
  readonly whole: boolean;
  /** How it ended: an answer ends the same way. */
  readonly terminator: "\u0007" | "\u001b\\";
}

/** `end` is the offset after the last byte of each; of a string that ends with ESC, that of this ESC. */
export interface ScannerSink {
  /** A control sequence of those finals that were asked for, or with `?`, `<`, `=`, `>` before its parameters. */
  control(params: string, final: string, end: number): void;
  /** ESC and one more character. */
  escape(final: string, end: number): void;
  string(text: Text, end: number): void;
  /** Not the one that ends a string. */
  bell(end: number): void;
}

type State = "ground" | "escape" | "intermediate" | "control" | "string" | "passing";

export class Scanner {
  readonly #sink: ScannerSink;
  /** By character: 1 for those asked for. */
  readonly #finals = new Uint8Array(128);
  #state: State = "ground";
  /** Of a control sequence that began in an earlier read. */
  #params = "";
  #kind: "]" | "P" | "" = "";
  #text: Buffer[] = [];
  #length = 0;
  #whole = true;
  /** Offset of the first byte of this read. */
  #base = 0;

  /** @param finals last characters of the control sequences to be told of */
  constructor(finals: string, sink: ScannerSink) {
    for (const final of Buffer.from(finals)) this.#finals[final] = 1;
    this.#sink = sink;
  }

  /** @param offset of the first byte in the output */
  feed(bytes: Buffer, offset: number): void {
    this.#base = offset;
    for (let at = 0; at < bytes.length; ) at = this.#step(bytes, at);
  }

  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case "ground":
        return this.#ground(bytes, at);
      case "escape":
        return this.#escape(bytes[at] as number, at);
      case "intermediate":
        return this.#intermediate(bytes[at] as number, at);
      case "control":
        return this.#control(bytes, at);
      case "string":
      case "passing":
        return this.#string(bytes, at);
    }
  }

  #ground(bytes: Buffer, from: number): number {
    const near = Math.min(bytes.length, from + NEAR);
    for (let at = from; at < near; at++) {
      const byte = bytes[at];
      if (byte === ESC) return this.#begin(at);
      if (byte === BEL) this.#sink.bell(this.#base + at + 1);
    }
    const found = bytes.indexOf(ESC, near);
    const end = found < 0 ? bytes.length : found;
    const plain = bytes.subarray(0, end);
    for (let at = plain.indexOf(BEL, near); at >= 0; at = plain.indexOf(BEL, at + 1)) this.#sink.bell(this.#base + at + 1);
    return found < 0 ? end : this.#begin(found);
  }

  #begin(at: number): number {
    this.#state = "escape";
    return at + 1;
  }

  #escape(byte: number, at: number): number {
    if (byte === 0x5b) {
      this.#params = "";
      this.#state = "control";
    } else if (byte === 0x5d || byte === 0x50) {
      this.#kind = byte === 0x5d ? "]" : "P";
      this.#text = [];
      this.#length = 0;
      this.#whole = true;
      this.#state = "string";
    } else if (byte === 0x58 || byte === 0x5e || byte === 0x5f) {
      this.#kind = "";
      this.#state = "passing";
    } else if (byte >= 0x20 && byte < 0x30) this.#state = "intermediate";
    else if (byte >= 0x30 && byte < 0x7f) {
      this.#state = "ground";
      this.#sink.escape(String.fromCharCode(byte), this.#base + at + 1);
    } else this.#odd(byte, at);
    return at + 1;
  }

  /** Which character set, mostly. */
  #intermediate(byte: number, at: number): number {
    if (byte >= 0x30 && byte < 0x7f) this.#state = "ground";
    else this.#odd(byte, at);
    return at + 1;
  }

  #control(bytes: Buffer, from: number): number {
    let at = from;
    let byte = bytes[at] as number;
    while (byte >= 0x20 && byte < 0x40) byte = bytes[++at] as number;
    if (at === bytes.length) {
      this.#keepParams(bytes, from, at);
      return at;
    }
    if (byte >= 0x40 && byte < 0x7f) {
      this.#state = "ground";
      if (this.#isAskedFor(bytes, from, at)) {
        this.#keepParams(bytes, from, at);
        if (this.#params.length <= MAX_PARAMS) this.#sink.control(this.#params, String.fromCharCode(byte), this.#base + at + 1);
      }
      return at + 1;
    }
    this.#keepParams(bytes, from, at);
    this.#odd(byte, at);
    return at + 1;
  }

  #isAskedFor(bytes: Buffer, from: number, at: number): boolean {
    const first = this.#params === "" ? (bytes[from] as number) : this.#params.charCodeAt(0);
    return (first >= 0x3c && first < 0x40) || this.#finals[bytes[at] as number] === 1;
  }

  #keepParams(bytes: Buffer, from: number, to: number): void {
    if (this.#params.length <= MAX_PARAMS && to > from) this.#params += bytes.toString("latin1", from, Math.min(to, from + MAX_PARAMS + 1));
  }

  /** What doesn't belong into a sequence: some end it, control characters are carried out in its middle. */
  #odd(byte: number, at: number): void {
    if (byte === ESC) this.#state = "escape";
    else if (byte === CAN || byte === SUB || byte >= 0x80) this.#state = "ground";
    else if (byte === BEL) this.#sink.bell(this.#base + at + 1);
  }

  #string(bytes: Buffer, from: number): number {
    const at = stringEnd(bytes, from, this.#kind === "]");
    if (this.#state === "string") this.#keepText(bytes, from, at);
    if (at === bytes.length) return at;
    const byte = bytes[at] as number;
    const kind = this.#kind;
    const told = this.#state === "string" && kind !== "" && byte !== CAN && byte !== SUB;
    this.#state = byte === ESC ? "escape" : "ground";
    const text = Buffer.concat(this.#text);
    this.#text = [];
    if (told) this.#sink.string({ kind, text: text.toString("utf8"), whole: this.#whole, terminator: byte === BEL ? "\u0007" : "\u001b\\" }, this.#base + (byte === BEL ? at + 1 : at));
    return at + 1;
  }

  #keepText(bytes: Buffer, from: number, to: number): void {
    const room = MAX_TEXT - this.#length;
    if (to - from > room) this.#whole = false;
    const part = bytes.subarray(from, Math.min(to, from + room));
    if (part.length === 0) return;
    // A copy: the read it is from is thirty times as large.
    this.#text.push(Buffer.from(part));
    this.#length += part.length;
  }
}

/** Index of the byte that ends a string; the length of these bytes when it isn't among them. */
function stringEnd(bytes: Buffer, from: number, bell: boolean): number {
  let end = nearer(bytes, ESC, from, bytes.length);
  if (bell) end = nearer(bytes, BEL, from, end);
  return nearer(bytes, SUB, from, nearer(bytes, CAN, from, end));
}

function nearer(bytes: Buffer, byte: number, from: number, end: number): number {
  const at = bytes.subarray(from, end).indexOf(byte);
  return at < 0 ? end : from + at;
}
