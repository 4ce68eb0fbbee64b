// What `send` types, as separate writes: the text (a bracketed paste when the program asked for those and it has several
// lines or is long), the keys, Enter as a keystroke of its own.
import { keyBytes, type KeyModes } from "./keys.ts";

const PASTE_START = "\u001b[200~";
const PASTE_END = "\u001b[201~";
/** Of a paste's beginning or end, also with the one control character that some programs take for Escape and a bracket. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const MARKER = /(?:\u001b\[|\u009b)20[01]~/g;
// eslint-disable-next-line no-control-regex -- likewise
const BEGINS_MARKER = /\u001b+(?=\[20[01])|\u009b(?=20[01])/g;
/** Longer text arrives as a paste where that is understood: no terminal sees people type this fast. */
const LONG = 256;

/**
 * Between the text and a key, at most: programs take what comes at once for one paste, and Enter in a paste for a new line.
 * Where the text is echoed or drawn the key follows on that.
 */
export const BETWEEN_MS = 30;

/** One write. */
export interface Keystrokes {
  readonly bytes: Buffer;
  readonly pauseMs: number;
}

export interface TypingModes extends KeyModes {
  readonly bracketedPaste: boolean;
}

export interface ToType {
  readonly text?: string | undefined;
  /** Raw bytes, base64. */
  readonly data?: string | undefined;
  readonly keys?: readonly string[] | undefined;
  readonly enter: boolean;
}

/** @throws FleetError `bad-input` for an unknown key; nothing was typed then */
export function typingOf(typed: ToType, modes: TypingModes): Keystrokes[] {
  const writes: Keystrokes[] = [];
  const add = (bytes: Buffer, pauseMs = 0) => writes.push({ bytes, pauseMs });
  if (typed.text !== undefined && typed.text !== "") add(Buffer.from(asTyped(typed.text, modes.bracketedPaste), "utf8"));
  if (typed.data !== undefined && typed.data !== "") add(Buffer.from(typed.data, "base64"));
  for (const key of typed.keys ?? []) add(keyBytes(key, modes), writes.length > 0 ? BETWEEN_MS : 0);
  if (typed.enter) add(keyBytes("Enter", modes), writes.length > 0 ? BETWEEN_MS : 0);
  return writes;
}

function asTyped(text: string, bracketedPaste: boolean): string {
  const lines = text.replaceAll("\r\n", "\n");
  const asPaste = bracketedPaste && (lines.includes("\n") || lines.length > LONG);
  const keystrokes = lines.replaceAll("\n", "\r");
  // A paste can't end itself: its marker inside the text would turn the rest into commands.
  return asPaste ? PASTE_START + withoutMarkers(keystrokes) + PASTE_END : keystrokes;
}

/** When markers are taken out what is left may be others: of those only what begins them goes, and then none are left. */
function withoutMarkers(text: string): string {
  return text.replace(MARKER, "").replace(BEGINS_MARKER, "");
}
