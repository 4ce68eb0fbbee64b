// A screen as data, drawn again by somebody who has nothing but that: what pictures in JSON are compared by.
import headless, { type Terminal } from "@xterm/headless";
import { UNDERLINES, type ScreenColor, type ScreenPicture, type ScreenRun } from "@fleetwire/shared/control";
import { stateOf, type Cell } from "../screen/internals.ts";
import { linkOf, underlineOf } from "../screen/sgr.ts";

/** What a person sees of each row from `from` on: characters with their look; blanks without any look are nothing. */
export function seenRows(terminal: Terminal, from: number, count: number): string[] {
  const { cols, buffer } = terminal;
  const state = stateOf(terminal);
  const cell = buffer.active.getNullCell() as Cell;
  return Array.from({ length: count }, (_, row) => {
    const line = buffer.active.getLine(from + row);
    return Array.from({ length: cols }, (_unused, x) => {
      line?.getCell(x, cell);
      const width = cell.getWidth();
      if (width === 0 && line?.getCell(x - 1)?.getWidth() === 2) return "";
      const half = width === 2 && line?.getCell(x + 1)?.getWidth() !== 0;
      const chars = half ? " " : cell.getChars() || " ";
      const lines = [underlineOf(cell), underlineOf(cell) === 0 || cell.hasExtendedAttrs() === 0 || !(cell.isUnderlineColorRGB() || cell.isUnderlineColorPalette()) ? "" : cell.getUnderlineColor() & 0xffffff, flag(cell.isInverse()), flag(cell.isStrikethrough()), flag(cell.isOverline())];
      const link = state.link(linkOf(cell))?.uri ?? "";
      const paper = cell.isBgDefault() ? "" : `${cell.isBgRGB()}${cell.getBgColor()}`;
      if (chars === " " && paper === "" && link === "" && lines.every((part) => part === 0 || part === "")) return " ";
      const ink = cell.isFgDefault() ? "" : `${cell.isFgRGB()}${cell.getFgColor()}`;
      return `${chars}[${[ink, paper, flag(cell.isBold()), flag(cell.isDim()), flag(cell.isItalic()), flag(cell.isBlink()), flag(cell.isInvisible()), ...lines, link].join(",")}]`;
    })
      .join("")
      .trimEnd();
  });
}

const flag = (set: number): number => (set === 0 ? 0 : 1);

export async function redraw({ size: { cols }, rows = [] }: ScreenPicture): Promise<string[]> {
  const terminal = new headless.Terminal({ cols, rows: rows.length, scrollback: 0, allowProposedApi: true, logLevel: "off" });
  let text = "\u001b[?7l";
  for (const [y, { runs }] of rows.entries()) {
    let col = 0;
    for (const run of runs) {
      const pieces = run.cluster === true ? [run.text] : Array.from(run.text);
      for (const piece of pieces) {
        text += `\u001b[${y + 1};${col + 1}H\u001b[0${sgr(run)}m\u001b]8;;${run.link ?? ""}\u001b\\${piece}`;
        col += run.width / pieces.length;
      }
    }
  }
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  const seen = seenRows(terminal, 0, rows.length);
  terminal.dispose();
  return seen;
}

function sgr(run: ScreenRun): string {
  const flags = { bold: 1, dim: 2, italic: 3, blink: 5, inverse: 7, hidden: 8, strike: 9, overline: 53 } as const;
  const codes = Object.entries(flags).flatMap(([name, code]) => (run[name as keyof typeof flags] === true ? [String(code)] : []));
  if (run.underline !== undefined) codes.push(`4:${UNDERLINES.indexOf(run.underline) + 1}`);
  for (const [code, value] of [[38, run.fg], [48, run.bg], [58, run.underlineColor]] as const) if (value !== undefined) codes.push(colorCode(code, value));
  return codes.map((code) => `;${code}`).join("");
}

function colorCode(code: number, value: ScreenColor): string {
  if (typeof value === "number") return `${code}:5:${value}`;
  return `${code}:2::${[1, 3, 5].map((at) => Number.parseInt(value.slice(at, at + 2), 16)).join(":")}`;
}
