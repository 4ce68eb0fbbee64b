// What a piece of terminal input is, as far as the detach chord needs to know. Keys come in three encodings: plain bytes,
// Kitty's `CSI code;modifiers u` (https://sw.kovidgoyal.net/kitty/keyboard-protocol/) and xterm's modifyOtherKeys `CSI 27;modifiers;code ~`.

export type Typed =
  /** Ctrl+B. */
  | "prefix"
  /** d without modifiers. */
  | "d"
  /** Any other key. */
  | "key"
  /** Said by the terminal of its own accord, not typed: mouse, focus, size, colour scheme, releases of keys and modifier keys alone. */
  | "report"
  /** The terminal's answer to a question. The session never asked this terminal, so it is not for it (D10). */
  | "answer"
  /** ESC and one more character: Alt and a key, or some terminal's report. */
  | "short-escape"
  | "paste-start"
  | "paste-end";

const ESC = "\u001b";
const CTRL = 4;
/** Caps lock and num lock don't change what a chord is. */
const LOCKS = 64 | 128;
/** Kitty's codes of keys that only modify: shift, control, alt …; locks. */
const isModifierKey = (code: number) => (code >= 57_441 && code <= 57_454) || (code >= 57_358 && code <= 57_360);

/** @param text one plain byte, or one whole escape sequence, in latin1 */
export function classify(text: string): Typed {
  if (text === "\u0002") return "prefix";
  if (text === "d") return "d";
  if (!text.startsWith(ESC)) return "key";
  const sequence = text.slice(1);
  const kitty = /^\[(\d+)(?::[\d:]*)?(?:;(\d*)(?::(\d+))?)?(?:;[\d:]*)?u$/.exec(sequence);
  if (kitty !== null) return classifyKey(Number(kitty[1]), kitty[2], kitty[3]);
  const other = /^\[27;(\d+);(\d+)~$/.exec(sequence);
  if (other !== null) return classifyKey(Number(other[2]), other[1], undefined);
  if (sequence === "[200~") return "paste-start";
  if (sequence === "[201~") return "paste-end";
  if (isReport(sequence)) return "report";
  if (isAnswer(sequence)) return "answer";
  return sequence.length === 1 ? "short-escape" : "key";
}

function classifyKey(code: number, modifiers: string | undefined, event: string | undefined): Typed {
  if (event === "3" || isModifierKey(code)) return "report";
  const held = (Number(modifiers === undefined || modifiers === "" ? 1 : modifiers) - 1) & ~LOCKS;
  if (code === 0x62 && held === CTRL) return "prefix";
  return code === 0x64 && held === 0 ? "d" : "key";
}

function isReport(sequence: string): boolean {
  // Focus in and out, mouse (SGR, urxvt, X10), colour scheme (mode 2031); legacy key releases.
  return /^\[(?:[IO]|<[\d;]+[Mm]|[\d;]+M|M...|\?997;[12]n|\d+;\d*:3[A-Z~])$/s.test(sequence);
}

function isAnswer(sequence: string): boolean {
  // OSC, DCS, APC, PM and SOS are always answers.
  if (/^[\]PX^_]./s.test(sequence)) return true;
  // F3 with modifiers looks like a cursor in the first row, and that is what it is more often.
  if (/^\[1;(?:[2-9]|1[0-6])R$/.test(sequence)) return false;
  // Cursor position, status, attributes, modes, Kitty flags, modifyOtherKeys, sizes: the session has one size, told by its host.
  return /^\[(?:\??\d+;\d+(?:;\d+)?R|\??[\d;]*n|[?>=][\d;]*[cum]|\??[\d;]*\$y|[\d;]+t)$/.test(sequence);
}
