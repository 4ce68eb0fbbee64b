// What somebody's program or name says is data: in a listing it can't move the cursor, and on a terminal `logs` can't make
// the terminal answer, write the clipboard or lie in the title.

// eslint-disable-next-line no-control-regex -- control characters are what is being replaced
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const NAMES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u001b": "\\e" };

/** One line, nothing in it that a terminal acts upon. */
export function neutral(text: string): string {
  return text.replace(CONTROL, (char) => NAMES[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
