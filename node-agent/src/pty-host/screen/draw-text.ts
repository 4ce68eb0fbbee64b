// A screen for people, scripts and models: lines, without or with colours, and no cursor movement.
import type { Terminal } from "@xterm/headless";
import { shownCell, shownRow } from "./cell-text.ts";
import { Painter } from "./draw-rows.ts";
import type { Cell, EmulatorState } from "./internals.ts";

export interface TextOptions {
  /** Lines above the screen, at most. */
  readonly scrollback: number;
  /** A line that wraps is one line. */
  readonly join?: boolean;
}

/** Without blank lines at the end. Whatever acts on a terminal, or turns the text after it, is left out. */
export function linesOf({ buffer, rows, cols }: Terminal, { scrollback, join = false }: TextOptions): string[] {
  const { active } = buffer;
  const lines: string[] = [];
  for (let y = Math.max(0, active.baseY - scrollback); y < active.baseY + rows; y++) {
    const goesOn = join && active.getLine(y + 1)?.isWrapped === true;
    add(lines, shownRow(active.getLine(y), cols, !goesOn), join && active.getLine(y)?.isWrapped === true);
  }
  return ended(lines);
}

/** As `linesOf`, with SGR sequences; each line begins and ends without attributes. */
export function ansiLinesOf({ buffer, rows, cols }: Terminal, state: EmulatorState, { scrollback, join = false }: TextOptions): string[] {
  const { active } = buffer;
  const cell = active.getNullCell() as Cell;
  const lines: string[] = [];
  for (let y = Math.max(0, active.baseY - scrollback); y < active.baseY + rows; y++) {
    const line = active.getLine(y);
    const painter = new Painter(state);
    let blank = "";
    for (let x = 0; x < cols; x++) {
      line?.getCell(x, cell);
      if (cell.getWidth() === 0) continue;
      if (cell.getChars() === "" && cell.isBgDefault()) {
        blank += " ";
        continue;
      }
      if (blank !== "") painter.plain();
      painter.text += blank;
      blank = "";
      painter.look(cell);
      painter.text += shownCell(cell.getChars());
    }
    painter.plain();
    const goesOn = join && active.getLine(y + 1)?.isWrapped === true;
    add(lines, painter.text + (goesOn ? blank : ""), join && line?.isWrapped === true);
  }
  return ended(lines);
}

/** @param joined it goes on with the line before */
function add(lines: string[], text: string, joined: boolean): void {
  if (joined && lines.length > 0) lines.push(`${lines.pop() ?? ""}${text}`);
  else lines.push(text);
}

function ended(lines: string[]): string[] {
  while (lines.length > 0 && lines.at(-1) === "") lines.pop();
  return lines;
}

/** As a document. */
export const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");
