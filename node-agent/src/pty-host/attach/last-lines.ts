// Where the last lines of a session's output begin, found from its end.
import type { OutputStore } from "../output/output-store.ts";

const BLOCK = 1024 * 1024;
const NEWLINE = 0x0a;

/** Offset at which the last `lines` lines begin; an unfinished last line counts as one. */
export async function lastLines(output: OutputStore, lines: number): Promise<number> {
  const end = output.end;
  if (lines === 0) return end;
  let left = lines;
  for (let upper = end; upper > output.start; ) {
    const lower = Math.max(output.start, upper - BLOCK);
    const bytes = await exactly(output, lower, upper);
    // The newline that ends the last line begins none.
    for (let at = bytes.lastIndexOf(NEWLINE, upper === end ? -2 : -1); at >= 0; at = at === 0 ? -1 : bytes.lastIndexOf(NEWLINE, at - 1)) {
      if (--left === 0) return lower + at + 1;
    }
    upper = lower;
  }
  return output.start;
}

/** Bytes [from, to); what is missing reads as zeros, which are no newlines. */
async function exactly(output: OutputStore, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.alloc(to - from);
  for (let at = from; at < to; ) {
    const part = await output.read(at, to - at);
    if (part === undefined || part.offset >= to) break;
    part.bytes.copy(bytes, part.offset - from);
    at = part.offset + part.bytes.length;
  }
  return bytes;
}
