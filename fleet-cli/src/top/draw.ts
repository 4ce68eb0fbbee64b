// The screen as lines: exactly as many as it has, none wider than it is.
import { hasEnded, type Size } from "@fleetwire/shared/domain";
import { neutral } from "../text/index.ts";
import { cellWidth, cutToWidth, layOut } from "../ui/index.ts";
import type { Reading } from "./reading.ts";
import type { Listed, Row } from "./rows.ts";
import type { TopState } from "./state.ts";

/** Head, titles, foot. */
const AROUND = 4;
const REVERSE = "\u001b[7m";
const BOLD = "\u001b[1m";
const PLAIN = "\u001b[0m";
const COLORS: Readonly<Record<NonNullable<Row["mark"]>, string>> = { bad: "\u001b[31m", waits: "\u001b[33m", over: "\u001b[2m" };

/** How many rows a screen of this size shows. */
export const roomIn = ({ rows }: Size): number => Math.max(1, rows - AROUND);

/** @param problem why the figures are not of now */
export function draw(state: TopState, list: Listed, reading: Reading | undefined, size: Size, { color, problem }: { readonly color: boolean; readonly problem?: string }): string[] {
  const paint = (code: string, text: string) => (color ? `${code}${text}${PLAIN}` : text);
  // Without colours the selected row needs another mark.
  const gutter = color ? 0 : 2;
  const room = roomIn(size);
  const row = layOut(list.columns, list.rows.map(({ cells }) => cells), size.cols - gutter);
  const line = (text: string) => cutToWidth(text, size.cols);
  const shown = list.rows.slice(state.top, state.top + room).map(({ cells, key, mark }) => {
    const text = line(`${gutter === 0 ? "" : key === state.selected ? "> " : "  "}${row(cells)}`);
    if (key === state.selected) return paint(REVERSE, text + " ".repeat(Math.max(0, size.cols - cellWidth(text))));
    return mark === undefined ? text : paint(COLORS[mark], text);
  });
  const empty = reading === undefined ? "looking …" : state.filter === "" ? "nothing here" : `nothing has '${state.filter}' in it`;
  const body = shown.length > 0 ? shown : [line(neutral(empty))];
  return [
    paint(BOLD, line(headline(reading))),
    problem === undefined ? line(chosen(state, list, room)) : paint(COLORS.bad, line(neutral(problem))),
    paint(BOLD, line(`${" ".repeat(gutter)}${row(list.columns.map(({ title }) => title))}`)),
    ...body, ...Array.from({ length: Math.max(0, room - body.length) }, () => ""),
    line(neutral(state.said ?? (state.typing ? "type to filter   Enter keeps it   Esc clears it" : `↑↓ select   Enter ${state.view === "sessions" ? "attach" : "its sessions"}   s sort   / filter   Tab ${state.view === "sessions" ? "nodes" : "sessions"}   q quit`))),
  ].slice(0, size.rows);
}

function headline(reading: Reading | undefined): string {
  if (reading === undefined) return "fleet";
  const { nodes, sessions, at } = reading;
  const live = nodes.filter(({ state }) => state === "live").length;
  const running = sessions.filter(({ state }) => !hasEnded(state));
  const doing = (wanted: string) => running.filter(({ activity }) => activity.state === wanted).length;
  return [
    `fleet  ${new Date(at).toTimeString().slice(0, 8)}`,
    `nodes ${live} live${live === nodes.length ? "" : `, ${nodes.length - live} silent`}`,
    `sessions ${running.length} running of ${sessions.length}`,
    ...["blocked", "done"].flatMap((state) => (doing(state) === 0 ? [] : [`${doing(state)} ${state}`])),
    ...reading.notes.map(neutral),
  ].join("   ");
}

function chosen({ view, sorts, filter, typing, top }: TopState, { rows, total }: Listed, room: number): string {
  const scrolled = rows.length > room ? `   ${top + 1}–${Math.min(rows.length, top + room)} of ${rows.length}` : "";
  return `${view} by ${sorts[view]}${filter === "" && !typing ? "" : `   /${neutral(filter)}${typing ? "_" : ""}   ${rows.length} of ${total}`}${scrolled}`;
}
