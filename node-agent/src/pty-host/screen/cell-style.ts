// The look of a cell in words instead of bits.
import { UNDERLINES, type ScreenColor, type ScreenStyle } from "@fleetwire/shared/control";
import { shownText } from "@fleetwire/shared/plain";
import type { Cell, EmulatorState } from "./internals.ts";
import { linkOf, underlineOf } from "./sgr.ts";

/** Where a click may lead; what would run a script or open a program of the reader's machine is no link. */
const SAFE_LINK = /^(?:https?|mailto):/i;
const MAX_LINK = 2048;

/** Whether cells look alike, cheaply: a screen may have a million of them. */
export class LastLook {
  #fg = -1;
  #bg = -1;
  #more = -1;
  #link = -1;

  /** @returns whether the cell looks as the one before did */
  isSame(cell: Cell): boolean {
    const { fg, bg } = cell;
    const extended = cell.hasExtendedAttrs() !== 0;
    const more = extended ? cell.extended._ext : 0;
    const link = extended ? cell.extended.urlId : 0;
    const same = fg === this.#fg && bg === this.#bg && more === this.#more && link === this.#link;
    this.#fg = fg;
    this.#bg = bg;
    this.#more = more;
    this.#link = link;
    return same;
  }
}

export function styleOf(cell: Cell, state: EmulatorState): ScreenStyle {
  // Written field by field: spreads would take most of a large picture's time.
  const style: ScreenStyle = {};
  const fg = colorOf(cell.getFgColor(), cell.isFgRGB(), cell.isFgPalette());
  const bg = colorOf(cell.getBgColor(), cell.isBgRGB(), cell.isBgPalette());
  if (fg !== undefined) style.fg = fg;
  if (bg !== undefined) style.bg = bg;
  if (cell.isBold()) style.bold = true;
  if (cell.isDim()) style.dim = true;
  if (cell.isItalic()) style.italic = true;
  const line = underlineOf(cell);
  if (line !== 0) {
    style.underline = UNDERLINES[line - 1] ?? "single";
    const color = cell.hasExtendedAttrs() === 0 ? undefined : colorOf(cell.getUnderlineColor() & 0xffffff, cell.isUnderlineColorRGB(), cell.isUnderlineColorPalette());
    if (color !== undefined) style.underlineColor = color;
  }
  if (cell.isBlink()) style.blink = true;
  if (cell.isInverse()) style.inverse = true;
  if (cell.isInvisible()) style.hidden = true;
  if (cell.isStrikethrough()) style.strike = true;
  if (cell.isOverline()) style.overline = true;
  const link = linkTo(cell, state);
  if (link !== undefined) style.link = link;
  return style;
}

/** The address behind a cell; undefined for none, and for one that isn't safe to follow. */
function linkTo(cell: Cell, state: EmulatorState): string | undefined {
  const uri = state.link(linkOf(cell))?.uri;
  if (uri === undefined || uri.length > MAX_LINK || !SAFE_LINK.test(uri)) return undefined;
  return shownText(uri);
}

function colorOf(value: number, rgb: boolean, palette: boolean): ScreenColor | undefined {
  if (rgb) return `#${(value & 0xffffff).toString(16).padStart(6, "0")}`;
  return palette ? value & 0xff : undefined;
}
