// What a person has chosen, and what a key does to it. Pure: no terminal, no clock.
import type { Key } from "./keys.ts";
import { SORTS, type Row, type Sort, type View } from "./rows.ts";

export interface TopState {
  readonly view: View;
  readonly sorts: Readonly<Record<View, Sort>>;
  readonly filter: string;
  /** The filter is being typed. */
  readonly typing: boolean;
  /** Key of the selected row: it stays selected when rows move. */
  readonly selected: string | undefined;
  /** Where it was, for when it goes. */
  readonly index: number;
  /** First row on the screen. */
  readonly top: number;
  /** One line for the person, until the next key. */
  readonly said?: string;
}

export type Wish = { readonly kind: "quit" } | { readonly kind: "attach"; readonly target: string };

export const START: TopState = { view: "sessions", sorts: { sessions: "output", nodes: "name" }, filter: "", typing: false, selected: undefined, index: 0, top: 0 };

const FILTER_MAX = 60;

/** @param rows as listed now. @param room how many of them the screen shows */
export function press(state: TopState, key: Key, rows: readonly Row[], room: number): { readonly state: TopState; readonly wish?: Wish } {
  const { said: _, ...rest } = state;
  const at = placed(rest, rows, room);
  if (key === "ctrl-c") return { state: at, wish: { kind: "quit" } };
  if (at.typing) return { state: typed(at, key) };
  switch (key) {
    case "q":
      return { state: at, wish: { kind: "quit" } };
    case "escape":
      return { state: { ...at, filter: "" } };
    case "up":
    case "k":
      return { state: moved(at, rows, room, -1) };
    case "down":
    case "j":
      return { state: moved(at, rows, room, 1) };
    case "page-up":
      return { state: moved(at, rows, room, -room) };
    case "page-down":
    case " ":
      return { state: moved(at, rows, room, room) };
    case "home":
      return { state: moved(at, rows, room, -rows.length) };
    case "end":
      return { state: moved(at, rows, room, rows.length) };
    case "s":
      return { state: { ...at, sorts: { ...at.sorts, [at.view]: next(SORTS[at.view], at.sorts[at.view]) } } };
    case "/":
      return { state: { ...at, typing: true } };
    case "tab":
    case "n":
      return { state: { ...at, view: at.view === "sessions" ? "nodes" : "sessions", selected: undefined, index: 0, top: 0, filter: "" } };
    case "enter":
      return chosen(at);
    default:
      return { state: at };
  }
}

function typed(state: TopState, key: Key): TopState {
  if (key === "enter") return { ...state, typing: false };
  if (key === "escape") return { ...state, typing: false, filter: "" };
  if (key === "backspace") return { ...state, filter: state.filter.replace(/.$/su, "") };
  return /^.$/su.test(key) ? { ...state, filter: `${state.filter}${key}`.slice(0, FILTER_MAX) } : state;
}

function chosen(state: TopState): { readonly state: TopState; readonly wish?: Wish } {
  if (state.selected === undefined) return { state };
  if (state.view === "sessions") return { state, wish: { kind: "attach", target: state.selected } };
  return { state: { ...state, view: "sessions", filter: `${state.selected}:`, selected: undefined, index: 0, top: 0 } };
}

function moved(state: TopState, rows: readonly Row[], room: number, by: number): TopState {
  const index = Math.min(rows.length - 1, Math.max(0, state.index + by));
  return placed({ ...state, index, selected: rows[index]?.key }, rows, room);
}

/** The same state for rows that have moved, come or gone: the selected one is on the screen. */
export function placed(state: TopState, rows: readonly Row[], room: number): TopState {
  const found = state.selected === undefined ? -1 : rows.findIndex(({ key }) => key === state.selected);
  const index = found >= 0 ? found : Math.max(0, Math.min(state.index, rows.length - 1));
  const least = Math.max(0, index - room + 1);
  const top = Math.max(0, Math.min(Math.max(state.top, least), index, Math.max(0, rows.length - room)));
  return { ...state, index, selected: rows[index]?.key, top };
}

function next<T>(list: readonly T[], now: T): T {
  return list[(list.indexOf(now) + 1) % list.length] as T;
}
