// Keys by name, as terminals send them (xterm's control sequences): `C-c`, `M-x`, `S-Tab`, `Up`, `F5`, `Enter`, or one character.
import { FleetError } from "@fleetwire/shared/errors";

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

/** @throws FleetError `bad-input` for a name that is no key */
export function keyBytes(name: string, applicationCursor: boolean): Buffer {
  const { base, control, meta, shift } = modifiersOf(name);
  const text = sequenceOf(base, { control, meta, shift }, applicationCursor);
  if (text === undefined) throw new FleetError("bad-input", `'${name}' is not a key`, { hint: "keys are C-c, M-x, Up, Enter, Tab, Escape, Space, BSpace, PageUp, F1 … F12 or one character" });
  return Buffer.from(text, "utf8");
}

interface Modifiers {
  readonly control: boolean;
  readonly meta: boolean;
  readonly shift: boolean;
}

function modifiersOf(name: string): Modifiers & { base: string } {
  let rest = name;
  let [control, meta, shift] = [false, false, false];
  for (let match = /^(C|M|S|Ctrl|Alt|Shift)[-+](?=.)/i.exec(rest); match !== null; match = /^(C|M|S|Ctrl|Alt|Shift)[-+](?=.)/i.exec(rest)) {
    const letter = (match[1] ?? "").toLowerCase();
    if (letter === "c" || letter === "ctrl") control = true;
    else if (letter === "s" || letter === "shift") shift = true;
    else meta = true;
    rest = rest.slice(match[0].length);
  }
  return { base: rest, control, meta, shift };
}

function sequenceOf(base: string, modifiers: Modifiers, applicationCursor: boolean): string | undefined {
  const name = base.toLowerCase();
  // xterm: 1 + shift(1) + alt(2) + control(4)
  const code = 1 + (modifiers.shift ? 1 : 0) + (modifiers.meta ? 2 : 0) + (modifiers.control ? 4 : 0);
  const cursor = CURSOR[name];
  if (cursor !== undefined) return code > 1 ? `\u001b[1;${code}${cursor}` : applicationCursor ? `\u001bO${cursor}` : `\u001b[${cursor}`;
  const fn = FUNCTION[name];
  if (fn !== undefined) return code > 1 ? `\u001b[1;${code}${fn}` : `\u001bO${fn}`;
  const tilde = TILDE[name];
  if (tilde !== undefined) return code > 1 ? `\u001b[${tilde};${code}~` : `\u001b[${tilde}~`;
  if ((name === "tab" && modifiers.shift) || name === "btab") return "\u001b[Z";
  const plain = PLAIN[name] ?? (isOneCharacter(base) ? base : undefined);
  if (plain === undefined) return undefined;
  const controlled = modifiers.control ? controlOf(plain) : plain;
  return controlled === undefined ? undefined : modifiers.meta ? `\u001b${controlled}` : controlled;
}

function isOneCharacter(text: string): boolean {
  return text.length === String.fromCodePoint(text.codePointAt(0) ?? 0).length && text !== "";
}

function controlOf(char: string): string | undefined {
  if (char === " ") return "\u0000";
  if (char === "?") return "\u007f";
  const code = char.toUpperCase().charCodeAt(0);
  return code >= 0x40 && code <= 0x5f ? String.fromCharCode(code & 0x1f) : undefined;
}
