// The text that is printed: lines of 79 columns and a newline, numbered, in blocks of just under 64 KiB that repeat. The
// terminal's line discipline makes \r\n of each \n, so that a line is 81 bytes of output.

export const LINES = 819;
export const LINE_OUT = 81;
export const BLOCK_OUT = LINES * LINE_OUT;
const FILLER = "The quick brown fox jumps over the lazy dog and goes on along the river bank ";

/** Printed before anything else, and after everything. */
export const READY = "READY>";
export const DONE = "<DONE";
/** Output bytes of the first line, `READY>` and a newline. */
export const PROLOGUE = READY.length + 2;

/** Line `index` modulo the block's, without its newline. */
export function line(index: number): string {
  const number = index % LINES;
  return `${String(number).padStart(4, "0")} ${FILLER.slice(number % 7)}${FILLER}`.slice(0, 79);
}

export function block(): Buffer {
  return Buffer.from(Array.from({ length: LINES }, (_, index) => `${line(index)}\n`).join(""));
}

/** Blocks that make about so many bytes of output, at least one. */
export function blocksFor(bytes: number): number {
  return Math.max(1, Math.round(bytes / BLOCK_OUT));
}
