// Keys by name, as terminals send them (xterm's control sequences): `C-c`, `M-x`, `S-Tab`, `Up`, `F5`, `Enter`, or one character.
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import { codeOf, isOneCharacter, kittyKey, otherKey } from "./extended-keys.ts";
import { modifiersOf, type Modifiers } from "./modifiers.ts";

/** Sent as CSI final (SS3 final in application cursor mode), with modifiers as CSI 1;m final. */
const CURSOR: Readonly<Record<string, string>> = { up: "A", down: "B", right: "C", left: "D", home: "H", end: "F" };
/** F1–F4: SS3 final, with modifiers CSI 1;m final. */
const FUNCTION: Readonly<Record<string, string>> = { f1: "P", f2: "Q", f3: "R", f4: "S" };
/** CSI number ~ */
const TILDE: Readonly<Record<string, number>> = {
  insert: 2, delete: 3, dc: 3, pageup: 5, ppage: 5, pgup: 5, pagedown: 6, npage: 6, pgdn: 6,
  f5: 15, f6: 17, f7: 18, f8: 19, f9: 20, f10: 21, f11: 23, f12: 24,
};
const PLAIN: Readonly<Record<string, string>> = { enter: "\r", return: "\r", tab: "\t", escape: "\u001b", esc: "\u001b", space: " ", bspace: "\u007f", backspace: "\u007f" };

/** What a program has asked of its keyboard. */
export interface KeyModes {
  readonly applicationCursor: boolean;
  /** Kitty's flags. */
  readonly kitty: number;
  /** Level of xterm's modifyOtherKeys. */
  readonly otherKeys: number;
}

/** As the program asked for its keys to be encoded. @throws FleetError `bad-input` for a name that is no key */
export function keyBytes(name: string, modes: KeyModes): Buffer {
  const { base, ...modifiers } = modifiersOf(name);
  const legacy = sequenceOf(base, modifiers, modes.applicationCursor);
  const text = kittyKey(base, modifiers, modes.kitty) ?? otherKey(base, modifiers, modes.otherKeys, legacy !== undefined) ?? legacy;
  if (text === undefined) throw new FleetError("bad-input", `'${printable(name)}' is not a key`, { hint: "keys are C-c, M-x, Up, Enter, Tab, Escape, Space, BSpace, PageUp, F1 … F12 or one character" });
  return Buffer.from(text, "utf8");
}

function sequenceOf(base: string, modifiers: Modifiers, applicationCursor: boolean): string | undefined {
  const name = base.toLowerCase();
  const code = codeOf(modifiers);
  const cursor = CURSOR[name];
  if (cursor !== undefined) return code > 1 ? `\u001b[1;${code}${cursor}` : applicationCursor ? `\u001bO${cursor}` : `\u001b[${cursor}`;
  const fn = FUNCTION[name];
  if (fn !== undefined) return code > 1 ? `\u001b[1;${code}${fn}` : `\u001bO${fn}`;
  const tilde = TILDE[name];
  if (tilde !== undefined) return code > 1 ? `\u001b[${tilde};${code}~` : `\u001b[${tilde}~`;
  if (name === "tab" && modifiers.shift) return "\u001b[Z";
  const plain = PLAIN[name] ?? (isOneCharacter(base) ? (modifiers.shift ? base.toUpperCase() : base) : undefined);
  if (plain === undefined) return undefined;
  const controlled = modifiers.control ? controlOf(plain) : plain;
  return controlled === undefined ? undefined : modifiers.meta ? `\u001b${controlled}` : controlled;
}

function controlOf(char: string): string | undefined {
  if (char === " ") return "\u0000";
  if (char === "?") return "\u007f";
  // Enter and Tab have no other code with Control: without an extended encoding it can't be told.
  if (char === "\r" || char === "\t" || char === "\u001b") return char;
  const code = char.toUpperCase().charCodeAt(0);
  return code >= 0x40 && code <= 0x5f ? String.fromCharCode(code & 0x1f) : undefined;
}
