// What kind of typing it was: text or Enter may answer a question, arrows and the mouse don't, Escape and Ctrl-C stop something.

const ESCAPE = "\u001b";
/** Control sequences, also of a mouse's old form, and keys as SS3. Enter and letters by Kitty's protocol (`…u`) are typing. */
// eslint-disable-next-line no-control-regex -- control characters are what is being read
const MOVES = /\u001b(?:\[M[^]{3}|\[[0-9;:<>=?]*[ -/]*[@-tv-~]|O[A-Za-z]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;
/** Escape and Ctrl-C of Kitty's protocol. */
// eslint-disable-next-line no-control-regex -- control characters are what is being read
const STOPS = /^\u001b\[(?:27|99;5)(?::\d*)*u$/;

export function howTyped(bytes: Uint8Array): "text" | "move" | "stop" {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096)).toString("latin1");
  if (text === ESCAPE || text === "\u0003" || STOPS.test(text)) return "stop";
  // A pasted text stands between two sequences and stays.
  return text.replace(MOVES, "").replaceAll("\t", "") === "" ? "move" : "text";
}
