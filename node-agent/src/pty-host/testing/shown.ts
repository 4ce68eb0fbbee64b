// A terminal that somebody looks at, and everything that can be seen of it, now or later: what pictures are compared by.
import headless, { type Terminal } from "@xterm/headless";
import type { Size } from "@fleetwire/shared/control";
import { SCROLLBACK } from "../screen/emulator.ts";
import { stateOf, type Cell, type EmulatorState } from "../screen/internals.ts";

/** Inverse, underlined, struck through: what shows of a blank. */
const MARKS = 0x94000000;
const UNDERLINE = 0x10000000;

export class Shown implements Disposable {
  readonly terminal: Terminal;
  readonly #state: EmulatorState;
  title = "";

  constructor({ cols, rows }: Size) {
    this.terminal = new headless.Terminal({ cols, rows, scrollback: SCROLLBACK, allowProposedApi: true, logLevel: "off" });
    this.#state = stateOf(this.terminal);
    this.terminal.onTitleChange((title) => (this.title = title));
  }

  write(bytes: Uint8Array | string): Promise<void> {
    return new Promise((resolve) => this.terminal.write(bytes, resolve));
  }

  /**
   * @param lines of the scrollback that count; the alternate screen has none
   * @param blanks that were printed count as different from cells that nothing was printed in, though they look the same
   */
  picture(lines: number, blanks = true) {
    const { buffer, cols, rows, modes } = this.terminal;
    const state = this.#state;
    const isAlternate = buffer.active.type === "alternate";
    const screen = isAlternate ? state.alternate : state.normal;
    return {
      cols, rows, type: buffer.active.type, normal: this.#rows(buffer.normal, lines, blanks), alternate: isAlternate ? this.#rows(buffer.alternate, 0, blanks) : [],
      cursor: [screen.x, screen.y], pen: [seen(state.pen.fg), seen(state.pen.bg) & ~0x30000000], margins: [screen.scrollTop, screen.scrollBottom],
      saved: [Math.min(screen.savedX, cols - 1), Math.min(rows - 1, Math.max(0, screen.savedY - screen.ybase)), seen(screen.savedCurAttrData.fg)], modes: { ...modes, synchronizedOutputMode: false },
      hidden: state.cursorHidden, style: [state.cursorStyle, state.cursorBlink], encoding: state.mouseEncoding, graphics: state.graphics, level: state.level,
      tabs: Array.from({ length: cols }, (_, x) => screen.tabs[x] === true), title: this.title,
    };
  }

  [Symbol.dispose](): void {
    this.terminal.dispose();
  }

  #rows(buffer: Terminal["buffer"]["normal"], lines: number, blanks: boolean): string[] {
    const { cols, rows } = this.terminal;
    const cell = buffer.getNullCell() as Cell;
    const aboutToWrap = buffer.type === this.terminal.buffer.active.type && buffer.cursorX === cols ? buffer.baseY + buffer.cursorY : -1;
    const count = Math.min(lines, buffer.baseY) + rows;
    return Array.from({ length: count }, (_, index) => {
      const row = buffer.baseY + rows - 1 - index;
      const line = buffer.getLine(row);
      const cells = Array.from({ length: cols }, (_unused, x) => {
        line?.getCell(x, cell);
        if (!blanks && cell.getChars() === " " && (cell.fg & MARKS) === 0 && cell.isOverline() === 0) return blank(cell);
        // About to wrap is drawn by printing: where nothing stood, a blank.
        if (row === aboutToWrap && x === cols - 1 && cell.getChars().trim() === "") return blank(cell);
        const half = cell.getWidth() === 2 && (x + 1 >= cols || line?.getCell(x + 1)?.getWidth() !== 0);
        const orphan = cell.getWidth() === 0 && line?.getCell(x - 1)?.getWidth() !== 2;
        return orphan ? blank(cell) : this.#cell(cell, half);
      });
      // The topmost row may go on with one that is gone.
      return `${line?.isWrapped === true && index < count - 1 ? "+" : " "}${cells.join("|")}`;
    });
  }

  /** @param half a wide character whose other half is gone, which is no character any more */
  #cell(cell: Cell, half: boolean): string {
    const chars = half ? "" : cell.getChars();
    // An empty cell shows its background; what its pen was can't be seen.
    if (chars === "") return cell.getWidth() === 0 ? "" : blank(cell);
    const extended = cell.hasExtendedAttrs() === 0 ? undefined : cell.extended;
    // Links look underlined; what counts is what the program asked for, and where the link leads.
    const line = (cell.fg & UNDERLINE) === 0 ? "" : extended === undefined ? "1" : `${(extended._ext >>> 26) & 7 || 1}:${cell.getUnderlineColor()}`;
    const link = extended === undefined ? undefined : this.#state.link(extended.urlId)?.uri;
    return `${chars}/${seen(cell.fg)}/${seen(cell.bg) & ~0x30000000}/${line}${link === undefined ? "" : `/${link}`}`;
  }
}

function blank(cell: Cell): string {
  return `_${cell.isBgDefault() ? "" : seen(cell.bg) & 0x3ffffff}`;
}

/** Packed flags and colour without what an earlier colour of another kind has left in unused bits. */
function seen(packed: number): number {
  const mode = packed & 0x3000000;
  return mode === 0x3000000 ? packed : packed & (mode === 0 ? ~0xffffff : ~0xffff00);
}
