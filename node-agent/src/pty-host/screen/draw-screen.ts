// A whole emulator as one sequence (D2): scrollback, both screens, margins, tab stops, saved cursor, modes, pen, cursor,
// title. Written to any terminal of that size it gives the same screen; it asks nothing, so nothing answers into the session.
import type { IBuffer, Terminal } from "@xterm/headless";
import { drawRows, Painter } from "./draw-rows.ts";
import type { Cell, EmulatorState, ScreenState } from "./internals.ts";
import { linkOf, sgrOf, waitingUnderlineColor } from "./sgr.ts";

const CSI = "\u001b[";
/** Whatever an earlier picture or the bytes after it have switched on. */
const CLEAN = `\u001b[!p${CSI}?7h${CSI}?1;9;12;45;66;1000;1002;1003;1004;1006;1016;2004l${CSI}?25h${CSI}?1049l${CSI}m${CSI}H${CSI}2J`;

export interface Extras {
  /** Private modes that are on and that the emulator itself doesn't know. */
  readonly modes: readonly number[];
  /** Keyboard flags (kitty's protocol), the stack of the screen that shows. */
  readonly keyboard: readonly number[];
  readonly title: string;
}

/** @param scrollback lines above the screen, at most */
export function drawScreen(terminal: Terminal, state: EmulatorState, scrollback: number, extras: Extras): string {
  const { cols, rows, buffer, modes } = terminal;
  const { normal, alternate } = buffer;
  const isAlternate = buffer.active.type === "alternate";
  const painter = new Painter(state);
  painter.text = CLEAN;
  const total = normal.baseY + rows;
  drawRows(normal, Math.max(0, normal.baseY - scrollback), total, cols, painter);
  if (total > rows) painter.text += fillScreen(normal, rows, cols, scrollback);
  if (isAlternate) {
    // Entering saves the cursor: what the program gets back when it leaves.
    placeSaved(state.normal, rows, cols, painter);
    painter.text += `${margins(state.normal, rows)}${at(savedRow(state.normal, rows), state.normal.savedX, cols)}`;
    painter.pen(state.normal.savedCurAttrData);
    painter.text += `${CSI}?1049h`;
    painter.plain();
    painter.text += `${CSI}r${CSI}H${CSI}2J`;
    drawRows(alternate, alternate.baseY, alternate.baseY + rows, cols, painter);
  }
  const screen = isAlternate ? state.alternate : state.normal;
  placeSaved(screen, rows, cols, painter);
  painter.text += "\u001b7";
  painter.plain();
  painter.text += tabStops(screen, cols) + margins(screen, rows);
  if (modes.originMode) painter.text += `${CSI}?6h`;
  placeCursor(buffer.active, screen, { cols, top: modes.originMode ? screen.scrollTop : 0 }, painter);
  painter.pen(state.pen);
  const color = waitingUnderlineColor(state.pen);
  if (color !== "") painter.text += `${CSI}${color}m`;
  return painter.text + charsets(state) + modesOf(terminal, state) + extrasOf(extras) + lastCharacter(terminal, state, screen);
}

/** The character just printed, once more and last of all: a combining one that comes next joins it, a repetition repeats it. */
function lastCharacter({ buffer: { active }, modes, cols }: Terminal, state: EmulatorState, { x, y, scrollTop }: ScreenState): string {
  if (!state.mayJoin || modes.insertMode || x === 0) return "";
  const line = active.getLine(active.baseY + y);
  const cell = active.getNullCell() as Cell;
  const edge = Math.min(x, cols);
  line?.getCell(edge - 1, cell);
  const column = cell.getWidth() === 0 ? edge - 2 : edge - 1;
  line?.getCell(column, cell);
  if (cell.getChars() === "" || sgrOf(cell) !== sgrOf(state.pen) || linkOf(cell) !== linkOf(state.pen)) return "";
  return `${at(y - (modes.originMode ? scrollTop : 0), column, cols)}${cell.getChars()}`;
}

/** Lines that were not drawn because they are blank still push the rows above into the scrollback. */
function fillScreen(buffer: IBuffer, rows: number, cols: number, scrollback: number): string {
  const from = Math.max(0, buffer.baseY - scrollback);
  const drawn = lastInk(buffer, from, buffer.baseY + rows, cols) - from + 1;
  const missing = buffer.baseY + rows - from - drawn;
  return missing > 0 && drawn > 0 ? "\r\n".repeat(missing) : "";
}

function lastInk(buffer: IBuffer, from: number, to: number, cols: number): number {
  const cell = buffer.getNullCell() as Cell;
  for (let y = to - 1; y > from; y--) {
    const line = buffer.getLine(y);
    if (line?.isWrapped === true) return y;
    for (let x = 0; x < cols; x++) {
      line?.getCell(x, cell);
      if (cell.getChars() !== "" || !cell.isBgDefault()) return y;
    }
  }
  return from;
}

function savedRow(screen: ScreenState, rows: number): number {
  return Math.min(rows - 1, Math.max(0, screen.savedY - screen.ybase));
}

function placeSaved(screen: ScreenState, rows: number, cols: number, painter: Painter): void {
  painter.text += at(savedRow(screen, rows), screen.savedX, cols);
  painter.pen(screen.savedCurAttrData);
}

function at(row: number, column: number, cols: number): string {
  return `${CSI}${row + 1};${Math.min(column, cols - 1) + 1}H`;
}

function margins({ scrollTop, scrollBottom }: ScreenState, rows: number): string {
  return scrollTop === 0 && scrollBottom === rows - 1 ? "" : `${CSI}${scrollTop + 1};${scrollBottom + 1}r`;
}

function tabStops({ tabs }: ScreenState, cols: number): string {
  const set = Array.from({ length: cols }, (_, column) => tabs[column] === true);
  if (set.every((stop, column) => stop === (column % 8 === 0))) return "";
  return `${CSI}3g${set.map((stop, column) => (stop ? `${CSI}${column + 1}G\u001bH` : "")).join("")}`;
}

/** A cursor beyond the last column is about to wrap: only printing there brings that back. */
function placeCursor(buffer: IBuffer, { x, y }: ScreenState, { cols, top }: { cols: number; top: number }, painter: Painter): void {
  painter.text += at(y - top, x, cols);
  if (x < cols) return;
  const line = buffer.getLine(buffer.baseY + y);
  const cell = buffer.getNullCell() as Cell;
  line?.getCell(cols - 1, cell);
  const column = cell.getWidth() === 0 && cols > 1 ? cols - 2 : cols - 1;
  line?.getCell(column, cell);
  painter.text += at(y - top, column, cols);
  painter.pen(cell);
  painter.text += cell.getChars() || " ";
}

function charsets({ graphics, level }: EmulatorState): string {
  const designators = ["(", ")", "*", "+"];
  return graphics.map((drawing, g) => (drawing ? `\u001b${designators[g]}0` : "")).join("") + (level === 1 ? "\u000e" : level === 2 ? "\u001bn" : level === 3 ? "\u001bo" : "");
}

function modesOf({ modes }: Terminal, state: EmulatorState): string {
  const mouse = { none: 0, x10: 9, vt200: 1000, drag: 1002, any: 1003 }[modes.mouseTrackingMode];
  const encoding = { SGR: 1006, SGR_PIXELS: 1016 }[state.mouseEncoding];
  const on = [
    modes.applicationCursorKeysMode && 1,
    modes.applicationKeypadMode && 66,
    modes.bracketedPasteMode && 2004,
    modes.reverseWraparoundMode && 45,
    modes.sendFocusMode && 1004,
    mouse,
    encoding,
  ].filter((mode): mode is number => typeof mode === "number" && mode > 0);
  const style = cursorStyle(state);
  return (
    on.map((mode) => `${CSI}?${mode}h`).join("") +
    (modes.insertMode ? `${CSI}4h` : "") +
    (modes.wraparoundMode ? "" : `${CSI}?7l`) +
    (style === 0 ? "" : `${CSI}${style} q`) +
    (state.cursorHidden ? `${CSI}?25l` : "")
  );
}

function cursorStyle({ cursorStyle, cursorBlink }: EmulatorState): number {
  const style = { block: 1, underline: 3, bar: 5 }[cursorStyle ?? ""];
  return style === undefined ? 0 : style + (cursorBlink === false ? 1 : 0);
}

function extrasOf({ modes, keyboard, title }: Extras): string {
  // eslint-disable-next-line no-control-regex -- a title can't end its own sequence
  const clean = title.replace(/[\u0000-\u001f\u007f-\u009f]/g, "");
  return modes.map((mode) => `${CSI}?${mode}h`).join("") + keyboard.map((flags) => `${CSI}>${flags}u`).join("") + (clean === "" ? "" : `\u001b]2;${clean}\u0007`);
}
