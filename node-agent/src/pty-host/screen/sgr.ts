import type { Attributes } from "./internals.ts";

/** SGR parameters that give these attributes after a reset; empty for the default ones. */
export function sgrOf(attributes: Attributes): string {
  const codes: string[] = [];
  if (attributes.isBold()) codes.push("1");
  if (attributes.isDim()) codes.push("2");
  if (attributes.isItalic()) codes.push("3");
  const line = underline(attributes);
  if (line !== "") codes.push(line);
  if (attributes.isBlink()) codes.push("5");
  if (attributes.isInverse()) codes.push("7");
  if (attributes.isInvisible()) codes.push("8");
  if (attributes.isStrikethrough()) codes.push("9");
  if (attributes.isOverline()) codes.push("53");
  codes.push(...color(attributes.getFgColor(), attributes.isFgRGB(), paletteOf(attributes.fg), 30, 38));
  codes.push(...color(attributes.getBgColor(), attributes.isBgRGB(), paletteOf(attributes.bg), 40, 48));
  return codes.join(";");
}

const UNDERLINE = 0x10000000;

/**
 * Links show as underlined without being it: what the program itself asked for is one level below.
 * @returns 0 none, 1 single, 2 double, 3 curly, 4 dotted, 5 dashed
 */
export function underlineOf(attributes: Attributes): number {
  const isLink = linkOf(attributes) !== 0;
  if (isLink ? (attributes.fg & UNDERLINE) === 0 : attributes.isUnderline() === 0) return 0;
  if (attributes.hasExtendedAttrs() === 0) return 1;
  return (isLink ? (attributes.extended._ext >>> 26) & 7 : attributes.getUnderlineStyle()) || 1;
}

function underline(attributes: Attributes): string {
  const style = underlineOf(attributes);
  if (style === 0) return "";
  if (attributes.hasExtendedAttrs() === 0) return "4";
  const line = style > 1 ? `4:${style}` : "4";
  const value = attributes.getUnderlineColor();
  if (attributes.isUnderlineColorRGB()) return `${line};58:2::${(value >>> 16) & 0xff}:${(value >>> 8) & 0xff}:${value & 0xff}`;
  return attributes.isUnderlineColorPalette() ? `${line};58:5:${value & 0xff}` : line;
}

const UNDERLINE_COLOR = 0x3ffffff;

/** SGR for the colour of underlines while there are none: it counts as soon as the program underlines. Empty for the default. */
export function waitingUnderlineColor(pen: Attributes): string {
  const value = pen.extended._ext & UNDERLINE_COLOR;
  if ((pen.fg & UNDERLINE) !== 0 || value === 0 || value === UNDERLINE_COLOR) return "";
  return value >>> 24 === 3 ? `58:2::${(value >>> 16) & 0xff}:${(value >>> 8) & 0xff}:${value & 0xff}` : `58:5:${value & 0xff}`;
}

/** @param base 30 or 40: the first of the eight plain colours @param extended 38 or 48 */
function color(value: number, rgb: boolean, palette: 0 | 16 | 256, base: number, extended: number): string[] {
  if (rgb) return [`${extended};2;${(value >>> 16) & 0xff};${(value >>> 8) & 0xff};${value & 0xff}`];
  if (palette === 256) return [`${extended};5;${value}`];
  if (palette === 16) return [String(value < 8 ? base + value : base + 60 + value - 8)];
  return [];
}

/** The two ways to name the same sixteen colours are kept apart: terminals brighten bold text in one of them only. */
function paletteOf(packed: number): 0 | 16 | 256 {
  const mode = packed & 0x3000000;
  return mode === 0x1000000 ? 16 : mode === 0x2000000 ? 256 : 0;
}

/** A cell without extended attributes may still show those of the one read before it. @returns 0 for none */
export function linkOf(attributes: Attributes): number {
  return attributes.hasExtendedAttrs() === 0 ? 0 : attributes.extended.urlId;
}
