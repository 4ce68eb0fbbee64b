// Keys for programs that asked for more than a terminal's old encoding tells: Kitty's keyboard protocol
// (https://sw.kovidgoyal.net/kitty/keyboard-protocol/) and xterm's modifyOtherKeys.
import type { Modifiers } from "./modifiers.ts";

/** Kitty's flags. */
const DISAMBIGUATE = 1;
const ALL_KEYS = 8;
const TEXT = 16;

const NUMBERS: Readonly<Record<string, number>> = { enter: 13, return: 13, tab: 9, escape: 27, esc: 27, space: 32, bspace: 127, backspace: 127 };
const FINALS: Readonly<Record<string, string>> = { up: "A", down: "B", right: "C", left: "D", home: "H", end: "F", f1: "P", f2: "Q", f4: "S" };
const F3 = 13;

/** @param base the key without its modifiers @returns undefined: as always */
export function kittyKey(base: string, modifiers: Modifiers, flags: number): string | undefined {
  if ((flags & (DISAMBIGUATE | ALL_KEYS)) === 0) return undefined;
  const name = base.toLowerCase();
  const code = codeOf(modifiers);
  const final = FINALS[name];
  if (final !== undefined) return code > 1 ? `\u001b[1;${code}${final}` : `\u001b[${final}`;
  if (name === "f3") return code > 1 ? `\u001b[${F3};${code}~` : `\u001b[${F3}~`;
  const number = NUMBERS[name];
  if (number !== undefined) {
    // Whoever's program hangs must still be able to type `reset` and Enter.
    const plain = code === 1 && number !== NUMBERS["escape"] && (flags & ALL_KEYS) === 0;
    return plain ? undefined : kittySequence(number, code, name === "space" && (flags & TEXT) !== 0 ? number : undefined);
  }
  return isOneCharacter(base) ? kittyCharacter(base, modifiers, flags) : undefined;
}

/** A capital letter is its small one with Shift. */
function kittyCharacter(base: string, modifiers: Modifiers, flags: number): string | undefined {
  if (!modifiers.control && !modifiers.meta && (flags & ALL_KEYS) === 0) return undefined;
  const small = base.toLowerCase();
  const shift = modifiers.shift || small !== base;
  const typed = modifiers.control || modifiers.meta || (flags & TEXT) === 0 ? undefined : (shift ? base.toUpperCase() : base).codePointAt(0);
  return kittySequence(small.codePointAt(0) ?? 0, codeOf({ ...modifiers, shift }), typed);
}

function kittySequence(key: number, code: number, text: number | undefined): string {
  const modifiers = code > 1 ? `;${code}` : text === undefined ? "" : ";";
  return `\u001b[${key}${modifiers}${text === undefined ? "" : `;${text}`}u`;
}

/** @param level 1: keys that have no encoding of their own; 2: every key with a modifier. @returns undefined: as always */
export function otherKey(base: string, modifiers: Modifiers, level: number, hasEncoding: boolean): string | undefined {
  const code = codeOf(modifiers);
  if (level === 0 || code === 1) return undefined;
  const name = base.toLowerCase();
  const number = NUMBERS[name];
  if (number !== undefined) {
    const special = name !== "space" && name !== "bspace" && name !== "backspace";
    const told = level === 2 || (special && (modifiers.control || modifiers.shift));
    return told && !(name === "tab" && code === 2) ? `\u001b[27;${code};${number}~` : undefined;
  }
  if (!isOneCharacter(base) || (!modifiers.control && !modifiers.meta) || (level === 1 && hasEncoding)) return undefined;
  const typed = modifiers.shift ? base.toUpperCase() : base;
  return `\u001b[27;${codeOf({ ...modifiers, shift: modifiers.shift || typed !== typed.toLowerCase() })};${typed.codePointAt(0)}~`;
}

/** xterm's and Kitty's number for modifiers: 1 + shift (1) + alt (2) + control (4). */
export const codeOf = ({ control, meta, shift }: Modifiers): number => 1 + (shift ? 1 : 0) + (meta ? 2 : 0) + (control ? 4 : 0);

export function isOneCharacter(text: string): boolean {
  return text !== "" && text.length === String.fromCodePoint(text.codePointAt(0) ?? 0).length;
}
