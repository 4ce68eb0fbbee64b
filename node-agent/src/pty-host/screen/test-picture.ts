// What the tests of pictures compare.
import headless, { type Terminal } from "@xterm/headless";
import { SCROLLBACK } from "./emulator.ts";
import { stateOf, type Cell } from "./internals.ts";

/** A terminal that sees every byte. */
export const terminalOf = (cols: number, rows: number): Terminal => new headless.Terminal({ cols, rows, scrollback: SCROLLBACK, allowProposedApi: true, logLevel: "off" });

export const write = (terminal: Terminal, bytes: Uint8Array | string): Promise<void> => new Promise((resolve) => terminal.write(bytes, resolve));

/** Everything that can be seen of a terminal, now or later. */
export function picture(terminal: Terminal, lines: number) {
  const { buffer, cols, rows, modes } = terminal;
  const state = stateOf(terminal);
  const screen = buffer.active.type === "alternate" ? state.alternate : state.normal;
  const draw = (which: typeof buffer.normal) => {
    const cell = which.getNullCell() as Cell;
    return Array.from({ length: Math.min(lines, which.baseY) + rows }, (_, index) => {
      const line = which.getLine(which.baseY + rows - 1 - index);
      const cells = Array.from({ length: cols }, (_unused, x) => {
        line?.getCell(x, cell);
        const chars = cell.getChars();
        // An empty cell shows its background; what its pen was can't be seen.
        return chars === "" ? `${cell.getWidth() === 0 ? "" : `_${cell.isBgDefault() ? "" : cell.bg & 0x3ffffff}`}` : `${chars}/${cell.fg}/${cell.bg & ~0x30000000}/${cell.isUnderline() ? `${cell.getUnderlineStyle()}:${cell.getUnderlineColor()}` : ""}`;
      });
      return `${line?.isWrapped === true ? "+" : " "}${cells.join("|")}`;
    });
  };
  return {
    cols, rows, type: buffer.active.type, normal: draw(buffer.normal), alternate: buffer.active.type === "alternate" ? draw(buffer.alternate) : [],
    cursor: [screen.x, screen.y], pen: [state.pen.fg, state.pen.bg & ~0x30000000], margins: [screen.scrollTop, screen.scrollBottom],
    saved: [Math.min(screen.savedX, cols - 1), Math.max(0, screen.savedY - screen.ybase), screen.savedCurAttrData.fg], modes: { ...modes, synchronizedOutputMode: false },
    hidden: state.cursorHidden, style: [state.cursorStyle, state.cursorBlink], encoding: state.mouseEncoding, graphics: state.graphics, level: state.level,
    tabs: Array.from({ length: cols }, (_, x) => screen.tabs[x] === true),
  };
}
