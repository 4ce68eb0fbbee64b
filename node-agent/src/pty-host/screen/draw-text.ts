// A screen for people, scripts and models: lines, without or with colours, and no cursor movement.
import type { Terminal } from "@xterm/headless";
import { Painter } from "./draw-rows.ts";
import type { Cell, EmulatorState } from "./internals.ts";

/** @param scrollback lines above the screen, at most */
export function drawText({ buffer, rows }: Terminal, scrollback: number): string {
  const { active } = buffer;
  const lines: string[] = [];
  for (let y = Math.max(0, active.baseY - scrollback); y < active.baseY + rows; y++) lines.push(active.getLine(y)?.translateToString(true) ?? "");
  return ended(lines);
}

/** As `drawText`, with SGR sequences; each line begins and ends without attributes. */
export function drawAnsi({ buffer, rows, cols }: Terminal, state: EmulatorState, scrollback: number): string {
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
      painter.pen(cell);
      painter.text += cell.getChars() || " ";
    }
    painter.plain();
    lines.push(painter.text);
  }
  return ended(lines);
}

function ended(lines: string[]): string {
  while (lines.length > 0 && lines.at(-1) === "") lines.pop();
  return lines.map((line) => `${line}\n`).join("");
}
