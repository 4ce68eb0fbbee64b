// Rows of an emulator's buffer as a sequence that draws them on a blank screen, in order, wrapped where they are wrapped.
import type { IBuffer, IBufferLine } from "@xterm/headless";
import type { Attributes, Cell, EmulatorState } from "./internals.ts";
import { linkOf, sgrOf } from "./sgr.ts";

/** Colour and its kind. */
const BACKGROUND = 0x3ffffff;
const CSI = "\u001b[";
/** From here on terminals differ about widths: the column is said again after such a character. */
const UNSURE_WIDTH = 0x1100;

/** Writes cells with as few changes of the pen as they need. */
export class Painter {
  readonly #state: EmulatorState;
  #sgr = "";
  #link = 0;
  text = "";

  constructor(state: EmulatorState) {
    this.#state = state;
  }

  pen(attributes: Attributes): void {
    this.#setLink(linkOf(attributes));
    this.#set(sgrOf(attributes));
  }

  /** The colours of a cell without where it leads to: for text that people paste anywhere. */
  look(attributes: Attributes): void {
    this.#set(sgrOf(attributes));
  }

  plain(): void {
    this.#setLink(0);
    this.#set("");
  }

  /** Background alone: what erasing leaves behind. */
  get hasBackground(): boolean {
    return /(^|;)(4[0-8]|10[0-7])(;|$)/.test(this.#sgr);
  }

  #set(sgr: string): void {
    if (sgr === this.#sgr) return;
    this.text += sgr === "" ? `${CSI}m` : `${CSI}0;${sgr}m`;
    this.#sgr = sgr;
  }

  #setLink(id: number): void {
    const next = this.#state.link(id);
    const nextId = next === undefined ? 0 : id;
    if (nextId === this.#link) return;
    this.text += next === undefined ? "\u001b]8;;\u001b\\" : `\u001b]8;${next.id === undefined ? "" : `id=${next.id}`};${next.uri}\u001b\\`;
    this.#link = nextId;
  }
}

/** @param from first row, counted from the top of the scrollback @param to row after the last */
export function drawRows(buffer: IBuffer, from: number, to: number, cols: number, painter: Painter): void {
  const cell = buffer.getNullCell() as Cell;
  // Rows at the end that are blank need no line break: the screen is blank already.
  let last = to;
  while (last > from + 1 && isBlank(buffer, last - 1, cols, cell)) last--;
  for (let y = from; y < last; y++) {
    if (y > from) beginRow(buffer, y, cols, cell, painter);
    drawRow(buffer, y, cols, cell, painter, y > from && wrapsInto(buffer, y) ? firstWidth(buffer, y, cell) : 0);
  }
  painter.plain();
}

function wrapsInto(buffer: IBuffer, y: number): boolean {
  return buffer.getLine(y)?.isWrapped === true;
}

function firstWidth(buffer: IBuffer, y: number, cell: Cell): number {
  buffer.getLine(y)?.getCell(0, cell);
  return cell.getChars() === "" ? 0 : cell.getWidth();
}

/** Goes to the start of row `y`: by a line break, or by wrapping when it is a continuation. Draws its first character in the latter case. */
function beginRow(buffer: IBuffer, y: number, cols: number, cell: Cell, painter: Painter): void {
  if (!wrapsInto(buffer, y)) {
    painter.plain();
    painter.text += "\r\n";
    return;
  }
  const above = buffer.getLine(y - 1);
  let blank = 0;
  while (blank < cols && above !== undefined && isFree(above, cols - 1 - blank, cols, cell)) blank++;
  buffer.getLine(y)?.getCell(0, cell);
  const first = { chars: cell.getChars(), width: cell.getWidth(), background: cell.bg & BACKGROUND };
  above?.getCell(cols - 1, cell);
  // A wide character that wraps leaves a blank of its own background.
  const wideFits = blank === 1 && first.width === 2 && (cell.bg & BACKGROUND) === first.background && !isHalf(above, cols - 1, cols, cell);
  buffer.getLine(y)?.getCell(0, cell);
  if (blank > 0 && !wideFits) {
    // The row above ends in blank cells and still wrapped: filled, wrapped, and made blank again.
    painter.plain();
    const start = `${CSI}${cols - blank + 1}G`;
    painter.text += `${start}${" ".repeat(blank)} ${CSI}A${start}${CSI}${blank}X`;
    drawBlank(buffer, y - 1, cols - blank, cols, cell, painter);
    painter.plain();
    painter.text += `${CSI}B\r${CSI}X`;
    buffer.getLine(y)?.getCell(0, cell);
    if (first.chars !== "") {
      painter.pen(cell);
      painter.text += first.chars;
    }
    return;
  }
  if (first.chars === "") {
    painter.plain();
    painter.text += ` \r${CSI}X`;
    return;
  }
  painter.pen(cell);
  painter.text += first.chars;
  // A row that is scrolled in takes the background of the pen.
  if (painter.hasBackground && first.width < cols) {
    painter.plain();
    painter.text += `${CSI}K`;
  }
}

/** @param done columns that are drawn already */
function drawRow(buffer: IBuffer, y: number, cols: number, cell: Cell, painter: Painter, done: number): void {
  const line = buffer.getLine(y);
  if (line === undefined) return;
  let blankFrom = -1;
  for (let x = done; x < cols; ) {
    line.getCell(x, cell);
    const chars = cell.getChars();
    const width = cell.getWidth();
    if (chars === "" || width === 0 || isHalf(line, x, cols, cell)) {
      if (blankFrom < 0) blankFrom = x;
      x++;
      continue;
    }
    if (blankFrom >= 0) {
      drawBlank(buffer, y, blankFrom, x, cell, painter);
      painter.text += `${CSI}${x + 1}G`;
      line.getCell(x, cell);
      blankFrom = -1;
    }
    painter.pen(cell);
    painter.text += chars;
    x += width;
    if ((chars.codePointAt(0) ?? 0) >= UNSURE_WIDTH && x < cols) painter.text += `${CSI}${x + 1}G`;
  }
  if (blankFrom >= 0) drawBlank(buffer, y, blankFrom, cols, cell, painter);
}

/** Cells without characters [from, to): only a background shows; the rest is blank already. Leaves the cursor anywhere in the row. */
function drawBlank(buffer: IBuffer, y: number, from: number, to: number, cell: Cell, painter: Painter): void {
  const line = buffer.getLine(y);
  for (let x = from; x < to; ) {
    line?.getCell(x, cell);
    const { bg } = cell;
    const start = x;
    while (x < to && line?.getCell(x, cell)?.getChars() === "" && cell.bg === bg) x++;
    if (x === start) x++;
    line?.getCell(start, cell);
    if (cell.isBgDefault()) continue;
    painter.pen(cell);
    painter.text += `${CSI}${start + 1}G${CSI}${x - start}X`;
  }
}

/** A wide character that a resize or an overwriting has cut in two: nothing can be drawn there. Lines may be longer than they show. */
function isHalf(line: IBufferLine | undefined, x: number, cols: number, cell: Cell): boolean {
  return cell.getWidth() === 2 && (x + 1 >= cols || line?.getCell(x + 1)?.getWidth() !== 0);
}

/** No character is drawn there. */
function isFree(line: IBufferLine, x: number, cols: number, cell: Cell): boolean {
  line.getCell(x, cell);
  return (cell.getChars() === "" && cell.getWidth() === 1) || isHalf(line, x, cols, cell);
}

function isBlank(buffer: IBuffer, y: number, cols: number, cell: Cell): boolean {
  const line = buffer.getLine(y);
  if (line === undefined) return true;
  if (line.isWrapped) return false;
  for (let x = 0; x < cols; x++) {
    line.getCell(x, cell);
    if (cell.getChars() !== "" || !cell.isBgDefault()) return false;
  }
  return true;
}
