// The characters of cells, for whoever only looks at them.
import type { IBufferLine } from "@xterm/headless";
import { shownText } from "@fleetwire/shared/plain";

/** Code points of a character with all its combining marks; what is more is left out. */
const MAX_CLUSTER = 32;

/** What a cell shows: a blank where nothing is, and never what acts on a terminal or turns the text after it. */
export function shownCell(chars: string): string {
  const shown = shownText(chars.length > MAX_CLUSTER ? Array.from(chars).slice(0, MAX_CLUSTER).join("") : chars);
  return shown === "" ? " " : shown;
}

/** @param trim without what nothing was printed in at its end */
export function shownRow(line: IBufferLine | undefined, cols: number, trim: boolean): string {
  const text = line?.translateToString(trim) ?? "";
  if (text.length <= 2 * cols && shownText(text) === text) return text;
  // The rare row with something to leave out: cell by cell, so that columns stay where they are.
  const cells = Array.from({ length: cols }, (_, x) => line?.getCell(x)).filter((cell) => cell?.getWidth() !== 0);
  const row = cells.map((cell) => shownCell(cell?.getChars() ?? "")).join("");
  return trim ? row.trimEnd() : row;
}
