// Text that a program has chosen, on its way to where it is only looked at.

// eslint-disable-next-line no-control-regex -- control characters are what is left out
const ACTS = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Without control characters and without those that turn the direction of what follows. */
export function shownText(text: string): string {
  return text.replace(ACTS, "");
}

/** The same with U+FFFD for each, so that places in the text stay where they are. Tabs stay. */
export function withMarks(text: string): string {
  return text.replace(ACTS, (char) => (char === "\t" ? char : "\ufffd"));
}
