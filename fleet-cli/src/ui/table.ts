// Columns by terminal cells. Only what is marked `flexible` is cut, and only when the width is known (a terminal).
import { cellWidth, cutToWidth } from "./cells.ts";
import { neutral } from "../text/index.ts";

export interface Column {
  readonly title: string;
  readonly align?: "right";
  /** May be cut to fit; never below 12 cells. */
  readonly flexible?: boolean;
}

const GAP = "  ";
const FLEXIBLE_MIN = 12;

/** @param width of the terminal in cells; undefined: nothing is cut */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[], width?: number): string {
  const row = layOut(columns, rows, width);
  return [columns.map((column) => column.title), ...rows].map(row).join("\n");
}

/** Columns wide enough for all rows. @returns draws one row; a list that scrolls draws only those that are seen */
export function layOut(columns: readonly Column[], rows: readonly (readonly string[])[], width?: number): (row: readonly string[]) => string {
  const natural = columns.map(({ title }, index) => rows.reduce((widest, row) => Math.max(widest, cellWidth(neutral(row[index] ?? ""))), cellWidth(title)));
  const widths = width === undefined ? natural : fitted(columns, natural, width);
  return (row) => renderRow(columns, widths, row.map(neutral));
}

/** The widest flexible column gives first, cell by cell, until the row fits or nobody can give. */
function fitted(columns: readonly Column[], natural: readonly number[], width: number): readonly number[] {
  const widths = [...natural];
  const flexible = columns.flatMap((column, index) => (column.flexible === true ? [index] : []));
  let over = widths.reduce((sum, each) => sum + each, 0) + GAP.length * (columns.length - 1) - width;
  for (; over > 0; over--) {
    const widest = flexible.reduce<number | undefined>((best, index) => (best === undefined || (widths[index] ?? 0) > (widths[best] ?? 0) ? index : best), undefined);
    if (widest === undefined || (widths[widest] ?? 0) <= FLEXIBLE_MIN) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function renderRow(columns: readonly Column[], widths: readonly number[], row: readonly string[]): string {
  const cells = columns.map((column, index) => {
    const width = widths[index] ?? 0;
    const text = cutToWidth(row[index] ?? "", width);
    const padding = " ".repeat(Math.max(0, width - cellWidth(text)));
    return column.align === "right" ? padding + text : text + padding;
  });
  return cells.join(GAP).trimEnd();
}

/** `name  value` lines about one thing. What is undefined is left out. */
export function renderFields(pairs: readonly (readonly [string, string | undefined])[]): string {
  const shown = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}${GAP}${neutral(value)}`.trimEnd()).join("\n");
}
