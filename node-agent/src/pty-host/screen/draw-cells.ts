// A screen as data (`ScreenPicture`): for programs that read it, and for those that draw it by other means than a terminal.
import type { IBuffer, Terminal } from "@xterm/headless";
import type { ScreenPicture, ScreenRow, ScreenRun } from "@fleetwire/shared/control";
import { shownText } from "@fleetwire/shared/plain";
import { LastLook, styleOf } from "./cell-style.ts";
import { shownCell } from "./cell-text.ts";
import { linesOf, type TextOptions } from "./draw-text.ts";
import type { Cell, EmulatorState } from "./internals.ts";

export function drawPicture(terminal: Terminal, state: EmulatorState, title: string, { cells, ...text }: TextOptions & { readonly cells: boolean }): ScreenPicture {
  const { buffer, cols, rows, modes } = terminal;
  const { active } = buffer;
  const above = Math.min(text.scrollback, active.baseY);
  return {
    size: { cols, rows },
    cursor: {
      row: active.cursorY,
      col: Math.min(active.cursorX, cols - 1),
      visible: !state.cursorHidden,
      shape: state.cursorStyle === "underline" || state.cursorStyle === "bar" ? state.cursorStyle : "block",
      blinking: state.cursorBlink !== false,
    },
    modes: {
      alternateScreen: active.type === "alternate",
      bracketedPaste: modes.bracketedPasteMode,
      applicationCursor: modes.applicationCursorKeysMode,
      applicationKeypad: modes.applicationKeypadMode,
      mouse: modes.mouseTrackingMode,
      focusEvents: modes.sendFocusMode,
    },
    title: shownText(title),
    above,
    lines: linesOf(terminal, text),
    ...(cells ? { rows: Array.from({ length: above + rows }, (_, at) => rowOf(active, active.baseY - above + at, cols, state)) } : {}),
  };
}

function rowOf(buffer: IBuffer, y: number, cols: number, state: EmulatorState): ScreenRow {
  const line = buffer.getLine(y);
  const cell = buffer.getNullCell() as Cell;
  const runs: ScreenRun[] = [];
  const look = new LastLook();
  let length = 0;
  for (let x = 0; x < cols; x++) {
    line?.getCell(x, cell);
    const same = look.isSame(cell);
    const chars = cell.getChars();
    // The second half of a wide character has none; without its first half it is a blank.
    if (cell.getWidth() === 0 && line?.getCell(x - 1)?.getWidth() === 2) continue;
    const whole = cell.getWidth() === 2 && line?.getCell(x + 1)?.getWidth() === 0;
    const text = shownCell(cell.getWidth() === 2 && !whole ? "" : chars);
    const cluster = isCluster(text);
    const width = whole ? 2 : 1;
    const last = runs.at(-1);
    if (last !== undefined && same && !cluster && last.cluster === undefined && (last.wide === true) === whole) {
      last.text += text;
      last.width += width;
    } else {
      const run: ScreenRun = { text, width };
      if (whole) run.wide = true;
      if (cluster) run.cluster = true;
      runs.push(Object.assign(run, styleOf(cell, state)));
    }
    if (chars !== "" || !cell.isBgDefault()) length = runs.length;
  }
  return { ...(line?.isWrapped === true ? { wrapped: true as const } : {}), runs: endingAt(runs, length) };
}

/** Without blanks at the end. */
function endingAt(runs: ScreenRun[], length: number): ScreenRun[] {
  const kept = runs.slice(0, length);
  const last = kept.at(-1);
  const isPlain = last !== undefined && Object.keys(last).every((key) => key === "text" || key === "width");
  if (last === undefined || !isPlain) return kept;
  const text = last.text.trimEnd();
  if (text === "") return endingAt(kept, length - 1);
  return [...kept.slice(0, -1), { text, width: last.width - (last.text.length - text.length) }];
}

function isCluster(text: string): boolean {
  return text.length > 1 && text.length > String.fromCodePoint(text.codePointAt(0) ?? 0).length;
}
