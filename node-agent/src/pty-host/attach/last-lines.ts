// Where the last lines of a session's output begin, found from its end.
import type { OutputStore } from "../output/output-store.ts";

const BLOCK = 1024 * 1024;
const NEWLINE = 0x0a;
/** A line of more bytes counts as several: a progress bar that went on for a gigabyte must not be searched for its beginning. */
export const LONG_LINE = 4 * 1024 * 1024;

/** Offset at which the last `lines` lines begin; an unfinished last line counts as one. */
export async function lastLines(output: OutputStore, lines: number): Promise<number> {
  const end = output.end;
  if (lines === 0) return end;
  let left = lines;
  let lineEnd = end;
  for (let upper = end; upper > output.start; ) {
    const lower = Math.max(output.start, upper - BLOCK);
    const bytes = await exactly(output, lower, upper);
    // The newline that ends the last line begins none.
    for (let at = bytes.lastIndexOf(NEWLINE, upper === end ? -2 : -1); ; at = at === 0 ? -1 : bytes.lastIndexOf(NEWLINE, at - 1)) {
      const begin = lower + at + 1;
      while (lineEnd - begin > LONG_LINE) {
        lineEnd -= LONG_LINE;
        if (--left === 0) return lineEnd;
      }
      if (at < 0) break;
      if (--left === 0) return begin;
      lineEnd = begin - 1;
    }
    upper = lower;
  }
  return output.start;
}

/** Bytes [from, to); what is missing reads as zeros, which are no newlines. */
async function exactly(output: OutputStore, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(to - from);
  let at = from;
  for (let part = await output.read(at, to - at); part !== undefined && part.offset < to; part = at < to ? await output.read(at, to - at) : undefined) {
    bytes.fill(0, at - from, part.offset - from);
    part.bytes.copy(bytes, part.offset - from);
    at = part.offset + part.bytes.length;
  }
  return bytes.fill(0, Math.min(at, to) - from);
}
