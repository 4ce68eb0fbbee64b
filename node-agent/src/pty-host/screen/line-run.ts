// Output that only prints lines: text, colours, what stays within its line. Whatever of it has scrolled out of sight and
// out of the scrollback has left nothing on the screen but the pen, so nobody has to draw it: an emulator that starts at the
// beginning of a line, with that line's pen, far enough before the end, arrives at exactly the same picture (D9). Looking
// for what is not of this kind is many times faster than drawing.

/** Bytes between places where drawing could begin. */
const BLOCK = 16 * 1024;
/** Colours that are never reset are folded into one from this length on, bytes. */
const LONG_PEN = 4 * 1024;
/** A run in which drawing could begin nowhere gives up after so many bytes. */
const HOPELESS = 4 * 1024 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const ESC = 0x1b;
/** Before 0x80–0x9f it makes a control character of eight bits. */
const C2 = 0xc2;

/** Control characters that do something else than printing lines; ESC and C2 are looked at. */
const STOPS = new Uint8Array(256);
for (const byte of [0x0e, 0x0f, 0x18, 0x1a, LF, ESC, C2]) STOPS[byte] = 1;
/** Sequences that change the pen (m) or stay within the cursor's line. */
const WITHIN_LINE = new Set(Buffer.from("mKCDG`PX@"));
/** Parameters of a sequence that belongs to a run. */
const MAX_PARAMETERS = 64;

/** A place where drawing can begin: the first byte of a line, the cursor in the last row, with this pen. */
export interface Landing {
  readonly offset: number;
  /** Sequences that set the pen after a reset. */
  readonly pen: string;
}

interface Block extends Landing {
  /** Line feeds of the run before it. */
  readonly before: number;
}

export interface LineRunOptions {
  readonly offset: number;
  /** Of the pen at that offset, as `Landing.pen`. */
  readonly pen: string;
  readonly rows: number;
  /** Line feeds after which nothing of what was there is left, scrollback included. */
  readonly depth: number;
  /** The shortest sequences that give the same pen. */
  readonly fold: (pen: string) => string;
}

export class LineRun {
  readonly #options: LineRunOptions;
  readonly #blocks: Block[] = [];
  #to: number;
  #feeds = 0;
  #pen: string[];
  #penLength = 0;
  #afterReturn = false;

  constructor(options: LineRunOptions) {
    this.#options = options;
    this.#to = options.offset;
    this.#pen = options.pen === "" ? [] : [options.pen];
  }

  /** Everything before this offset has been looked at. */
  get to(): number {
    return this.#to;
  }

  /** Where drawing would begin so that screen and scrollback are exact at `to`; undefined: at the run's own start. */
  get deepest(): Landing | undefined {
    return this.#blocks[0] !== undefined && this.#feeds - this.#blocks[0].before >= this.#options.depth ? this.#blocks[0] : undefined;
  }

  /** Where drawing would begin so that the screen alone is exact. */
  get nearest(): Landing | undefined {
    return this.#blocks.findLast(({ before }) => this.#feeds - before > 2 * this.#options.rows);
  }

  get isHopeless(): boolean {
    return this.deepest === undefined && this.#to - this.#options.offset > HOPELESS;
  }

  /** @param bytes from `to` on @returns how many belong to the run, and whether what comes after them does not; otherwise it is incomplete */
  feed(bytes: Uint8Array): { readonly taken: number; readonly stopped: boolean } {
    const { length } = bytes;
    let at = 0;
    for (;;) {
      const from = at;
      while (at < length && STOPS[bytes[at] as number] === 0) at++;
      if (at > from) this.#afterReturn = bytes[at - 1] === CR;
      if (at === length) return this.#took(at, false);
      const byte = bytes[at];
      if (byte === LF) {
        at++;
        this.#feeds++;
        if (this.#afterReturn) this.#maybeCut(this.#to + at);
        this.#afterReturn = false;
      } else if (byte === ESC) {
        const end = sequenceEnd(bytes, at);
        if (end <= 0) return this.#took(at, end < 0);
        if (bytes[end - 1] === 0x6d) this.#setPen(bytes, at, end);
        at = end;
        this.#afterReturn = false;
      } else if (byte === C2) {
        if (at + 1 === length) return this.#took(at, false);
        const next = bytes[at + 1] as number;
        if (next >= 0x80 && next <= 0x9f) return this.#took(at, true);
        at++;
      } else return this.#took(at, true);
    }
  }

  #took(taken: number, stopped: boolean): { taken: number; stopped: boolean } {
    this.#to += taken;
    return { taken, stopped };
  }

  #maybeCut(offset: number): void {
    const last = this.#blocks.at(-1);
    // From here on the cursor is in the last row.
    if (last === undefined ? this.#feeds < this.#options.rows : offset - last.offset < BLOCK) return;
    this.#blocks.push({ offset, pen: this.#pen.join(""), before: this.#feeds });
    while (this.#blocks[1] !== undefined && this.#feeds - this.#blocks[1].before >= this.#options.depth) this.#blocks.shift();
  }

  #setPen(bytes: Uint8Array, from: number, end: number): void {
    const sequence = latin1(bytes, from, end);
    // eslint-disable-next-line no-control-regex -- sequences begin with ESC
    if (/^\u001b\[0*[;m]/.test(sequence)) {
      this.#pen = [];
      this.#penLength = 0;
    }
    this.#pen.push(sequence);
    this.#penLength += sequence.length;
    if (this.#penLength < LONG_PEN) return;
    this.#pen = [this.#options.fold(this.#pen.join(""))];
    this.#penLength = 0;
  }
}

/** Index after the sequence at `start`; 0: not complete; -1: it does more than print lines. */
function sequenceEnd(bytes: Uint8Array, start: number): number {
  if (start + 1 === bytes.length) return 0;
  if (bytes[start + 1] !== 0x5b) return -1;
  for (let at = start + 2; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte >= 0x30 && byte <= 0x3b && at - start < MAX_PARAMETERS) continue;
    return WITHIN_LINE.has(byte) ? at + 1 : -1;
  }
  return 0;
}

function latin1(bytes: Uint8Array, from: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).toString("latin1");
}
