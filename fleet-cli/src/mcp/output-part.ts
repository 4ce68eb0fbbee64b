// A bounded part of a session's output: where it was read from, where to go on, and what is missing in it.
import type { StreamEvent } from "../client/stream/index.ts";
import { plainOutput } from "./untrusted.ts";

export type Missing = Pick<Extract<StreamEvent, { kind: "gap" }>, "from" | "to" | "reason">;

export class OutputPart {
  readonly #pieces: Buffer[] = [];
  readonly #maxBytes: number;
  readonly #missing: Missing[] = [];
  #from: number;
  #next: number;
  #size = 0;
  #ended = false;

  /** @param from offset that was asked for */
  constructor(from: number, maxBytes: number) {
    this.#from = from;
    this.#next = from;
    this.#maxBytes = maxBytes;
  }

  /** @returns the bytes that were taken of it */
  take(event: StreamEvent): Buffer | undefined {
    if (event.kind === "gap") {
      this.#missing.push({ from: event.from, to: event.to, reason: event.reason });
      this.#next = event.to;
      if (this.#size === 0) this.#from = event.to;
    } else if (event.kind === "end") {
      this.#ended = true;
      this.#next = Math.max(this.#next, event.offset);
    } else if (event.kind === "output") {
      const taken = event.bytes.subarray(0, this.#maxBytes - this.#size);
      this.#pieces.push(Buffer.from(taken));
      this.#size += taken.length;
      this.#next = event.offset + taken.length;
      return taken;
    }
    return undefined;
  }

  get full(): boolean {
    return this.#size >= this.#maxBytes;
  }

  /** The log has no more, now or for ever. */
  get ended(): boolean {
    return this.#ended;
  }

  get from(): number {
    return this.#from;
  }

  get missing(): readonly Missing[] {
    return this.#missing;
  }

  /** @returns the text, and the offset after it. A part that is cut ends with a line where it can, never within a character. */
  read(): { readonly text: string; readonly next: number } {
    const bytes = Buffer.concat(this.#pieces);
    const end = this.full && !this.#ended ? cutAt(bytes) : bytes.length;
    return { text: plainOutput(bytes.toString("utf8", 0, end)), next: this.#next - (bytes.length - end) };
  }

  /** The last lines of what was read, from a line's beginning when something before them was left out. */
  readLast(lines: number, isBeginning: boolean): { readonly text: string; readonly from: number; readonly next: number } {
    const bytes = Buffer.concat(this.#pieces);
    let start = bytes.length;
    for (let left = lines + (bytes.at(-1) === 0x0a ? 1 : 0); left > 0 && start > 0; left--) start = bytes.lastIndexOf(0x0a, start - 1);
    // Before the first line that fits: its end is that of a line that was left out.
    if (start < 0 && !isBeginning && bytes.includes(0x0a)) start = bytes.indexOf(0x0a);
    start = start < 0 ? 0 : Math.min(bytes.length, start + 1);
    return { text: plainOutput(bytes.toString("utf8", start)), from: this.#next - (bytes.length - start), next: this.#next };
  }
}

function cutAt(bytes: Buffer): number {
  const line = bytes.lastIndexOf(0x0a) + 1;
  if (line > 0) return line;
  let last = bytes.length - 1;
  while (last > 0 && last > bytes.length - 4 && ((bytes[last] as number) & 0xc0) === 0x80) last--;
  // At least one byte, or nobody gets on.
  return last + lengthOf(bytes[last] as number) > bytes.length ? Math.max(1, last) : bytes.length;
}

/** Bytes of the UTF-8 character that begins so. */
const lengthOf = (first: number): number => (first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1);
