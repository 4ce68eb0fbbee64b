// What a program may ask its terminal, and the answers (xterm's "Control Sequences", Kitty's and contour's extensions). Every
// answer has a fixed form: numbers and words of ours. Nothing a program printed comes back as its input, so what an
// untrusted text makes the terminal answer can't be made a command.
import { colorText, type Colors, type Dynamic } from "./colors.ts";
import type { KeyEncoding } from "./key-encoding.ts";
import type { Modes } from "./modes.ts";
import type { Text } from "./scanner.ts";

const CSI = "\u001b[";
const DCS = "\u001bP";
const ST = "\u001b\\";
/** Pixels of a cell: one form for all viewers, and the proportion of most fonts. */
const CELL = { width: 8, height: 16 };
/** More names in one question than anybody needs. */
const MAX_NAMES = 16;

/** What the emulator knows at one point of the output. Rows and columns count from 1. */
export interface Look {
  readonly row: number;
  readonly column: number;
  /** Parameters of the SGR that gives what is printed next its look. */
  readonly sgr: string;
  readonly top: number;
  readonly bottom: number;
  /** DECSCUSR's number. */
  readonly cursorStyle: number;
}

/** An answer; with `look` it can only be said by somebody who has the picture. */
export type Answer = string | { readonly look: (look: Look) => string };

export interface Asked {
  readonly modes: Modes;
  readonly keys: KeyEncoding;
  readonly colors: Colors;
  /** Characters. */
  readonly size: { readonly cols: number; readonly rows: number };
  readonly version: string;
  /** The TERM it was started with. */
  readonly term: string;
}

/** To a control sequence. @returns undefined when it asks nothing, or what nobody may ask (the window's title) */
export function answerControl(params: string, final: string, asked: Asked): Answer | undefined {
  switch (final) {
    case "c":
      return attributes(params);
    case "n":
      return status(params, asked);
    case "p":
      return mode(params, asked.modes);
    case "q":
      return /^>0?$/.test(params) ? `${DCS}>|fleet ${asked.version}${ST}` : undefined;
    case "u":
      return params === "?" ? `${CSI}?${asked.keys.flags(asked.modes.alternate)}u` : undefined;
    case "m":
      return params === "?4" ? `${CSI}>4;${asked.keys.otherKeys}m` : undefined;
    case "t":
      return sizes(params, asked.size);
    default:
      return undefined;
  }
}

/** A VT220 with colours; the second answer is the one from which programs conclude that the mouse may be told in SGR. */
function attributes(params: string): string | undefined {
  if (/^0?$/.test(params)) return PRIMARY;
  if (/^>0?$/.test(params)) return `${CSI}>1;277;0c`;
  return /^=0?$/.test(params) ? `${DCS}!|00000000${ST}` : undefined;
}

/** Also the answer to ESC Z. */
export const PRIMARY = `${CSI}?62;22c`;

function status(params: string, { colors }: Asked): Answer | undefined {
  switch (params) {
    case "5":
      return `${CSI}0n`;
    case "6":
      return { look: ({ row, column }) => `${CSI}${row};${column}R` };
    case "?6":
      return { look: ({ row, column }) => `${CSI}?${row};${column}R` };
    case "?996":
      return `${CSI}?997;${colors.dark ? 1 : 2}n`;
    default:
      return undefined;
  }
}

function mode(params: string, modes: Modes): string | undefined {
  const [, isPrivate, number] = /^(\??)(\d{1,5})\$$/.exec(params) ?? [];
  if (number === undefined) return undefined;
  return `${CSI}${isPrivate}${Number(number)};${modes.report(Number(number), isPrivate === "?")}$y`;
}

function sizes(params: string, size: Asked["size"]): string | undefined {
  const { cols, rows } = size;
  switch (params.split(";")[0] ?? "") {
    case "11":
      return `${CSI}1t`;
    case "13":
      return `${CSI}3;0;0t`;
    case "14":
      return `${CSI}4;${rows * CELL.height};${cols * CELL.width}t`;
    case "15":
      return `${CSI}5;${rows * CELL.height};${cols * CELL.width}t`;
    case "16":
      return `${CSI}6;${CELL.height};${CELL.width}t`;
    case "18":
      return `${CSI}8;${rows};${cols}t`;
    case "19":
      return `${CSI}9;${rows};${cols}t`;
    default:
      return undefined;
  }
}

/** What mode 2048 asks for: at once, and whenever the size changes. */
export function sizeReport({ cols, rows }: Asked["size"]): string {
  return `${CSI}48;${rows};${cols};${rows * CELL.height};${cols * CELL.width}t`;
}

/** To a string: colours, capabilities (XTGETTCAP) and settings (DECRQSS). */
export function answerString({ kind, text, whole, terminator }: Text, asked: Asked): Answer | undefined {
  if (!whole) return undefined;
  if (kind === "]") return colorAnswers(text, asked.colors, terminator);
  if (text.startsWith("+q")) return capabilities(text.slice(2), asked);
  return text.startsWith("$q") ? setting(text.slice(2)) : undefined;
}

function colorAnswers(text: string, colors: Colors, terminator: string): string | undefined {
  const [number = "", ...rest] = text.split(";");
  const answers = number === "4" ? paletteAnswers(rest, colors) : /^1[0-2]$/.test(number) ? dynamicAnswers(Number(number), rest, colors) : [];
  return answers.length === 0 ? undefined : answers.map((answer) => `\u001b]${answer}${terminator}`).join("");
}

function paletteAnswers(rest: readonly string[], colors: Colors): string[] {
  const answers: string[] = [];
  for (let at = 0; at + 1 < rest.length; at += 2) {
    const index = /^\d{1,3}$/.test(rest[at] ?? "") ? Number(rest[at]) : 256;
    if (index < 256 && rest[at + 1] === "?") answers.push(`4;${index};${colorText(colors.palette(index))}`);
  }
  return answers;
}

/** Several values go to the colours that follow. */
function dynamicAnswers(first: number, values: readonly string[], colors: Colors): string[] {
  return values.flatMap((value, at) => (value === "?" && first + at <= 12 ? [`${first + at};${colorText(colors.dynamic((first + at) as Dynamic))}`] : []));
}

/** One answer a name. A name that isn't known isn't repeated: it is the program's own text. */
function capabilities(names: string, { term }: Asked): string {
  const known: Readonly<Record<string, string>> = { TN: term, name: term, Co: "256", colors: "256", RGB: "8" };
  return names.split(";").slice(0, MAX_NAMES).map((hex) => {
    const name = Buffer.from(hex, "hex").toString("latin1");
    const value = Object.hasOwn(known, name) ? known[name] : undefined;
    return value === undefined ? `${DCS}0+r${ST}` : `${DCS}1+r${hexOf(name)}=${hexOf(value)}${ST}`;
  }).join("");
}

const hexOf = (text: string) => Buffer.from(text, "latin1").toString("hex").toUpperCase();

function setting(name: string): Answer {
  const say = (value: string) => `${DCS}1$r${value}${ST}`;
  switch (name) {
    case "m":
      return { look: ({ sgr }) => say(`${sgr === "" ? "0" : `0;${sgr}`}m`) };
    case "r":
      return { look: ({ top, bottom }) => say(`${top};${bottom}r`) };
    case " q":
      return { look: ({ cursorStyle }) => say(`${cursorStyle} q`) };
    default:
      return `${DCS}0$r${ST}`;
  }
}
