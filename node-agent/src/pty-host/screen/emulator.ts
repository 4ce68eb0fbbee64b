// A terminal emulator that is brought to an exact offset and drawn. It is only ever given whole sequences and characters, so
// its picture and the bytes that follow it fit together.
import headless, { type IParser, type Terminal } from "@xterm/headless";
import type { Size } from "@fleetwire/shared/control";
import { drawPicture } from "./draw-cells.ts";
import { pageOf, type PageWish } from "./draw-page.ts";
import { drawScreen } from "./draw-screen.ts";
import { ansiLinesOf, linesOf, textOf, type TextOptions } from "./draw-text.ts";
import { groundLength } from "./ground.ts";
import { stateOf, type EmulatorState } from "./internals.ts";
import { LineRun, type Landing } from "./line-run.ts";
import { sgrOf, waitingUnderlineColor } from "./sgr.ts";
import type { Look } from "../terminal/questions.ts";

/** Lines kept above the screen. */
export const SCROLLBACK = 5_000;
/** Private modes that belong into a picture and that the emulator doesn't know. */
const FOREIGN_MODES: readonly number[] = [1007, 1015, 2031, 2048];
/** A sequence may be this long and still be waited for, bytes. */
const MAX_PARTIAL = 256 * 1024;

/** `facts` and `cells` are a `ScreenPicture` as JSON, the latter with its rows. */
export type Format = "vt" | "text" | "ansi" | "facts" | "cells";

export interface Snapshot {
  readonly data: string;
  readonly size: Size;
  readonly cursor: { readonly x: number; readonly y: number; readonly visible: boolean };
  readonly title: string;
}

export class Emulator implements Disposable {
  readonly #terminal: Terminal;
  readonly #state: EmulatorState;
  readonly #foreign = new Set<number>();
  readonly #keyboard = { normal: [] as number[], alternate: [] as number[] };
  #title = "";
  #partial: Uint8Array = new Uint8Array(0);
  #offset: number;
  #sizes: number;

  /** @param offset where the output begins that it will be given @param sizes of the session's sizes it has had so many */
  constructor(size: Size, offset: number, sizes: number) {
    this.#sizes = sizes;
    this.#terminal = new headless.Terminal({ ...size, scrollback: SCROLLBACK, allowProposedApi: true, logLevel: "off" });
    this.#state = stateOf(this.#terminal);
    this.#offset = offset;
    this.#terminal.onTitleChange((title) => (this.#title = title));
    this.#watch(this.#terminal.parser);
  }

  /** Everything before this offset is in the picture, and nothing else. */
  get offset(): number {
    return this.#offset;
  }

  /** Where the next bytes given to it must be from. */
  get wants(): number {
    return this.#offset + this.#partial.length;
  }

  write(bytes: Uint8Array): void {
    const all = this.#partial.length === 0 ? bytes : Buffer.concat([this.#partial, bytes]);
    const whole = this.#state.inGround ? groundLength(all) : all.length;
    const length = all.length - whole > MAX_PARTIAL ? all.length : whole;
    this.#partial = Uint8Array.from(all.subarray(length));
    if (length === 0) return;
    this.#state.parse(all.subarray(0, length));
    this.#offset += length;
  }

  /** Goes on after a hole in the output. */
  skipTo(offset: number): void {
    this.#partial = new Uint8Array(0);
    this.#offset = offset;
  }

  get size(): Size {
    return { cols: this.#terminal.cols, rows: this.#terminal.rows };
  }

  /** A run of lines that begins here; undefined where lines would not simply scroll, or a sequence has only begun. */
  beginRun(): LineRun | undefined {
    const { rows, modes, buffer } = this.#terminal;
    const isAlternate = buffer.active.type === "alternate";
    const { scrollTop, scrollBottom } = isAlternate ? this.#state.alternate : this.#state.normal;
    if (this.#partial.length > 0 || !this.#state.inGround || scrollTop > 0 || scrollBottom < rows - 1) return undefined;
    if (modes.insertMode || modes.originMode || modes.reverseWraparoundMode) return undefined;
    return new LineRun({ offset: this.#offset, pen: penOf(this.#state), rows, depth: 2 * rows + 2 + (isAlternate ? 0 : SCROLLBACK), fold: foldPen });
  }

  /** Goes on at the beginning of a line of a run: in the last row, with that line's pen. */
  land({ offset, pen }: Landing): void {
    this.#partial = new Uint8Array(0);
    this.#state.parse(Buffer.from(`\u001b[m${pen}\u001b[${this.#terminal.rows}H`));
    this.#offset = offset;
  }

  /** How many of the session's sizes it has had. */
  get sizes(): number {
    return this.#sizes;
  }

  /** The session's next size. */
  resize({ cols, rows }: Size): void {
    this.#sizes++;
    if (cols !== this.#terminal.cols || rows !== this.#terminal.rows) this.#terminal.resize(cols, rows);
  }

  /** @param how `page`: only a part of `facts` or `cells` */
  snapshot(format: Format, scrollback: number, how: { readonly join?: boolean; readonly page?: PageWish } = {}): Snapshot {
    const terminal = this.#terminal;
    const { active } = terminal.buffer;
    return {
      data: this.#draw(format, { ...how, scrollback }),
      size: { cols: terminal.cols, rows: terminal.rows },
      cursor: { x: Math.min(active.cursorX, terminal.cols - 1), y: active.cursorY, visible: !this.#state.cursorHidden },
      title: this.#title,
    };
  }

  /** What a program may ask about this point of its output. */
  look(): Look {
    const { rows, cols, buffer, modes } = this.#terminal;
    const { scrollTop, scrollBottom } = this.#state[buffer.active.type];
    return {
      // Counted from the margin where that is where rows begin (DECOM).
      row: buffer.active.cursorY + 1 - (modes.originMode ? scrollTop : 0),
      column: Math.min(buffer.active.cursorX, cols - 1) + 1,
      // Colours in the form that says what belongs together.
      sgr: sgrOf(this.#state.pen).replaceAll(/([345]8);2;(\d+);(\d+);(\d+)/g, "$1:2::$2:$3:$4").replaceAll(/([345]8);5;(\d+)/g, "$1:5:$2"),
      top: scrollTop + 1,
      bottom: Math.min(scrollBottom, rows - 1) + 1,
      cursorStyle: cursorStyleOf(this.#state),
    };
  }

  [Symbol.dispose](): void {
    this.#terminal.dispose();
  }

  #draw(format: Format, { page, ...how }: TextOptions & { readonly page?: PageWish }): string {
    switch (format) {
      case "vt":
        return drawScreen(this.#terminal, this.#state, how.scrollback, { modes: [...this.#foreign], keyboard: this.#flags, title: this.#title });
      case "text":
        return textOf(linesOf(this.#terminal, how));
      case "ansi":
        return textOf(ansiLinesOf(this.#terminal, this.#state, how));
      case "facts":
      case "cells":
        return JSON.stringify(pageOf(drawPicture(this.#terminal, this.#state, this.#title, { ...how, cells: format === "cells" }), page));
    }
  }

  get #flags(): number[] {
    return this.#keyboard[this.#terminal.buffer.active.type];
  }

  #watch(parser: IParser): void {
    const switched = (on: boolean) => (params: (number | number[])[]) => {
      for (const mode of params) {
        if (typeof mode !== "number" || !FOREIGN_MODES.includes(mode)) continue;
        if (on) this.#foreign.add(mode);
        else this.#foreign.delete(mode);
      }
      return false;
    };
    const first = (params: (number | number[])[]) => (typeof params[0] === "number" ? params[0] : 0);
    parser.registerCsiHandler({ prefix: "?", final: "h" }, switched(true));
    parser.registerCsiHandler({ prefix: "?", final: "l" }, switched(false));
    parser.registerCsiHandler({ prefix: ">", final: "u" }, (params) => this.#flags.push(first(params)) > 0);
    parser.registerCsiHandler({ prefix: "<", final: "u" }, (params) => this.#flags.splice(-Math.max(1, first(params))) !== undefined);
    parser.registerCsiHandler({ prefix: "=", final: "u" }, (params) => this.#flags.splice(-1, 1, first(params)) !== undefined);
    // Erasing from the top up to the last cell of the last row makes the emulator reach beyond its buffer.
    parser.registerCsiHandler({ final: "J" }, (params) => {
      const { rows, cols, buffer } = this.#terminal;
      if (first(params) !== 1 || buffer.active.cursorY < rows - 1 || buffer.active.cursorX < cols - 1) return false;
      this.#state.eraseAll();
      return true;
    });
    const forget = () => {
      this.#foreign.clear();
      this.#keyboard.normal = [];
      this.#keyboard.alternate = [];
      return false;
    };
    parser.registerEscHandler({ final: "c" }, forget);
    parser.registerCsiHandler({ intermediates: "!", final: "p" }, forget);
  }
}

function penOf({ pen }: EmulatorState): string {
  const codes = [sgrOf(pen), waitingUnderlineColor(pen)].filter((code) => code !== "");
  return codes.length === 0 ? "" : `\u001b[${codes.join(";")}m`;
}

function foldPen(pen: string): string {
  const terminal = new headless.Terminal({ cols: 2, rows: 1, allowProposedApi: true, logLevel: "off" });
  const state = stateOf(terminal);
  state.parse(Buffer.from(pen));
  const folded = penOf(state);
  terminal.dispose();
  return folded;
}

function cursorStyleOf({ cursorStyle, cursorBlink }: EmulatorState): number {
  const steady = cursorBlink === false ? 1 : 0;
  return (cursorStyle === "underline" ? 3 : cursorStyle === "bar" ? 5 : 1) + steady;
}
