// A screen as an SVG picture, made of its cells alone: no scripts, nothing that is fetched, no font but the reader's own. Each
// character stands in its column whatever the font's widths are.
import type { ScreenPicture, ScreenRun } from "@fleetwire/shared/domain";
import { shownText } from "@fleetwire/shared/plain";
import { BACKGROUND, FOREGROUND, rgbOf } from "./colors.ts";
import { boxesOf, type Box } from "./line-drawing.ts";

/** A cell, and where its line of writing is. */
const WIDTH = 8.4;
const HEIGHT = 17;
const BASELINE = 13;
const FONT_SIZE = 14;
const MARGIN = 8;
const FONTS = "ui-monospace, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', Menlo, Consolas, monospace";
const SAFE_LINK = /^(?:https?|mailto):/i;

type Picture = Pick<ScreenPicture, "size" | "cursor" | "title" | "above" | "rows">;

/** A whole SVG document. @param picture with its rows */
export function drawSvg({ size, cursor, title, above, rows = [] }: Picture): string {
  const width = round(size.cols * WIDTH + 2 * MARGIN);
  const height = round((above + size.rows) * HEIGHT + 2 * MARGIN);
  const name = attribute(shownText(title));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${FONTS}" font-size="${FONT_SIZE}">`,
    ...(name === "" ? [] : [`<title>${name}</title>`]),
    `<rect width="100%" height="100%" fill="${BACKGROUND}"/>`,
    `<g transform="translate(${MARGIN} ${MARGIN})">`,
    ...rows.flatMap(({ runs }, row) => drawRow(runs, row)),
    ...(cursor.visible ? drawCursor(cursor, above + cursor.row, rows[above + cursor.row]?.runs ?? []) : []),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function drawRow(runs: readonly ScreenRun[], row: number): string[] {
  const parts: string[] = [];
  let col = 0;
  for (const run of runs) {
    const { fill, paper } = colorsOf(run);
    if (paper !== undefined) parts.push(rect({ x: col * WIDTH, y: row * HEIGHT, width: run.width * WIDTH, height: HEIGHT }, paper));
    const text = run.hidden === true ? [] : drawText(run, col, row, fill);
    const link = run.link !== undefined && SAFE_LINK.test(run.link) ? attribute(run.link) : undefined;
    parts.push(...(link === undefined || text.length === 0 ? text : [`<a href="${link}" target="_blank" rel="noopener noreferrer">`, ...text, "</a>"]), ...drawLines(run, col, row, fill));
    col += run.width;
  }
  return parts;
}

/** Of a run in writing, pieces of plain ASCII together; whatever may have a width of its own in a font stands alone. */
function drawText(run: ScreenRun, col: number, row: number, fill: string): string[] {
  const columns = run.wide === true ? 2 : 1;
  const pieces = run.cluster === true ? [run.text] : (run.text.match(/[\u0020-\u007e]+|[^\u0020-\u007e]/gu) ?? []);
  let at = col;
  return pieces.flatMap((piece) => {
    const width = run.cluster === true ? run.width : Array.from(piece).length * columns;
    const place = { x: at * WIDTH, y: row * HEIGHT, width: width * WIDTH, height: HEIGHT };
    at += width;
    if (piece.trim() === "") return [];
    const boxes = boxesOf(piece, place);
    if (boxes !== undefined) return boxes.map((box) => rect(box, fill));
    return [`<text x="${round(place.x)}" y="${round(place.y + BASELINE)}" textLength="${round(place.width)}" lengthAdjust="spacingAndGlyphs" xml:space="preserve" fill="${fill}"${fontOf(run)}>${attribute(shownText(piece))}</text>`];
  });
}

function fontOf({ bold, italic, dim }: ScreenRun): string {
  return `${bold === true ? ' font-weight="bold"' : ""}${italic === true ? ' font-style="italic"' : ""}${dim === true ? ' opacity="0.6"' : ""}`;
}

function drawLines(run: ScreenRun, col: number, row: number, fill: string): string[] {
  const x = col * WIDTH;
  const y = row * HEIGHT;
  const width = run.width * WIDTH;
  const line = (top: number, color: string) => rect({ x, y: y + top, width, height: 1 }, color);
  const color = run.underlineColor === undefined ? fill : rgbOf(run.underlineColor);
  const underline = { single: "", double: "", curly: "3 1.5", dotted: "1 2", dashed: "5 3" };
  return [
    ...(run.underline === undefined ? [] : [`<path d="M${round(x)} ${round(y + 15.5)}h${round(width)}" stroke="${color}"${underline[run.underline] === "" ? "" : ` stroke-dasharray="${underline[run.underline]}"`}/>`]),
    ...(run.underline === "double" ? [line(13, color)] : []),
    ...(run.strike === true ? [line(9, fill)] : []),
    ...(run.overline === true ? [line(0, fill)] : []),
  ];
}

function drawCursor({ col, shape }: ScreenPicture["cursor"], row: number, runs: readonly ScreenRun[]): string[] {
  const under = cellAt(runs, col);
  const x = col * WIDTH;
  const y = row * HEIGHT;
  const { fill, paper } = colorsOf(under);
  const width = under.width * WIDTH;
  if (shape === "underline") return [rect({ x, y: y + HEIGHT - 2, width, height: 2 }, fill)];
  if (shape === "bar") return [rect({ x, y, width: 1.5, height: HEIGHT }, fill)];
  return [rect({ x, y, width, height: HEIGHT }, fill), ...(under.hidden === true ? [] : drawText(under, col, row, paper ?? BACKGROUND))];
}

/** The one cell at a column, with the look of its run. */
function cellAt(runs: readonly ScreenRun[], col: number): ScreenRun {
  let from = 0;
  for (const run of runs) {
    if (col < from + run.width) {
      const columns = run.wide === true ? 2 : 1;
      return run.cluster === true ? run : { ...run, text: Array.from(run.text)[Math.floor((col - from) / columns)] ?? " ", width: columns };
    }
    from += run.width;
  }
  return { text: " ", width: 1 };
}

/** `paper`: the background; undefined where it is that of the whole screen. */
function colorsOf({ fg, bg, bold, inverse }: ScreenRun): { readonly fill: string; readonly paper: string | undefined } {
  // As terminals do: programs write grey as bold black.
  const bright = bold === true && typeof fg === "number" && fg < 8 ? fg + 8 : fg;
  const ink = bright === undefined ? FOREGROUND : rgbOf(bright);
  const paper = bg === undefined ? undefined : rgbOf(bg);
  return inverse === true ? { fill: paper ?? BACKGROUND, paper: ink } : { fill: ink, paper };
}

function rect({ x, y, width, height, opacity }: Box, fill: string): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${fill}"${opacity === undefined ? "" : ` opacity="${opacity}"`}/>`;
}

const round = (number: number): number => Math.round(number * 100) / 100;

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** For XML, in an attribute as well; what no XML document may have is left out. */
function attribute(text: string): string {
  return text.replace(/[\ufffe\uffff]|\p{Surrogate}/gu, "").replace(/[&<>"']/g, (char) => ENTITIES[char] ?? "");
}
