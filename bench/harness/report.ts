// The table, and the same as data.
import { judge, type Line, type Skipped } from "./line.ts";
import type { Figure } from "./statistics.ts";

export type Entry = Line | Skipped;

const HEAD = ["row", "what", "ours", "peers of the same run", "ratio", "bar", ""];

/** Plain text, columns aligned; what was left out keeps its line. */
export function table(entries: readonly Entry[]): string {
  const rows = entries.flatMap(cellsOf);
  const widths = HEAD.map((head, column) => Math.max(head.length, ...rows.map((row) => (row.length === HEAD.length ? (row[column] ?? "").length : 0))));
  const print = (row: readonly string[]) => (row.length === HEAD.length ? row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ") : row.join("  ")).trimEnd();
  return [HEAD, widths.map((width) => "─".repeat(width)), ...rows].map(print).join("\n");
}

function cellsOf(entry: Entry): string[][] {
  if ("skipped" in entry) return [[entry.row, entry.what, `not measured: ${entry.skipped}`]];
  const peers = entry.peers.map((peer) => `${peer.name} ${amount(peer.value)}`).join(" · ");
  const first = [entry.row, entry.what, `${withSpread(entry.ours)} ${entry.unit}`, peers];
  const verdicts = entry.bars.map((bar) => judge(entry, bar));
  const rows = verdicts.map(({ ratio, bar, text }, index) => [...(index === 0 ? first : ["", "", "", ""]), ratio === undefined ? "" : ratio.toFixed(2), bar, text]);
  const told = rows.length === 0 ? [[...first, "", "", ""]] : rows;
  return entry.note === undefined ? told : [...told, ["  ", `  ${entry.note}`]];
}

/** `80.1 (77–84)`: the median, and where the rounds lie. */
function withSpread({ value, low, high, samples }: Figure): string {
  return samples < 2 ? amount(value) : `${amount(value)} (${amount(low)}–${amount(high)})`;
}

export function amount(value: number): string {
  const size = Math.abs(value);
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : size >= 1 ? value.toFixed(2) : value.toFixed(3).replace(/0$/, "");
}

/** What `--json` writes: every line with its verdicts. */
export function asData(entries: readonly Entry[], about: Readonly<Record<string, unknown>>): unknown {
  return { ...about, lines: entries.map((entry) => ("skipped" in entry ? entry : { ...entry, verdicts: entry.bars.map((bar) => judge(entry, bar)) })) };
}
