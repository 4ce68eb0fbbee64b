// The look of a cell in words instead of bits.
import { UNDERLINES, type ScreenColor, type ScreenStyle } from "@fleetwire/shared/control";
import { shownText } from "@fleetwire/shared/plain";
import type { Cell, EmulatorState } from "./internals.ts";
import { linkOf, underlineOf } from "./sgr.ts";

/** Where a click may lead; what would run a script or open a program of the reader's machine is no link. */
const SAFE_LINK = /^(?:https?|mailto):/i;
const MAX_LINK = 2048;

/** What makes two cells look alike, cheaply compared. */
export function lookOf(cell: Cell): string {
  return `${cell.fg}/${cell.bg}/${cell.hasExtendedAttrs() === 0 ? "" : `${cell.extended._ext}/${cell.extended.urlId}`}`;
}

export function styleOf(cell: Cell, state: EmulatorState): ScreenStyle {
  const line = underlineOf(cell);
  const link = linkTo(cell, state);
  const fg = colorOf(cell.getFgColor(), cell.isFgRGB(), cell.isFgPalette());
  const bg = colorOf(cell.getBgColor(), cell.isBgRGB(), cell.isBgPalette());
  const lineColor = line === 0 || cell.hasExtendedAttrs() === 0 ? undefined : colorOf(cell.getUnderlineColor() & 0xffffff, cell.isUnderlineColorRGB(), cell.isUnderlineColorPalette());
  return {
    ...(fg === undefined ? {} : { fg }),
    ...(bg === undefined ? {} : { bg }),
    ...(cell.isBold() ? { bold: true as const } : {}),
    ...(cell.isDim() ? { dim: true as const } : {}),
    ...(cell.isItalic() ? { italic: true as const } : {}),
    ...(line === 0 ? {} : { underline: UNDERLINES[line - 1] ?? "single" }),
    ...(lineColor === undefined ? {} : { underlineColor: lineColor }),
    ...(cell.isBlink() ? { blink: true as const } : {}),
    ...(cell.isInverse() ? { inverse: true as const } : {}),
    ...(cell.isInvisible() ? { hidden: true as const } : {}),
    ...(cell.isStrikethrough() ? { strike: true as const } : {}),
    ...(cell.isOverline() ? { overline: true as const } : {}),
    ...(link === undefined ? {} : { link }),
  };
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
