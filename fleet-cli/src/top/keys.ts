// Bytes of a terminal in raw mode as keys. What isn't known is left out, as a whole.
import { StringDecoder } from "node:string_decoder";

/** A character, or one of these names. */
export type Key = string;

const NAMED: Readonly<Record<string, string>> = {
  "[A": "up", "[B": "down", "OA": "up", "OB": "down", "[5~": "page-up", "[6~": "page-down", "[H": "home", "[F": "end", "OH": "home", "OF": "end", "[1~": "home", "[4~": "end",
};
const SINGLE: Readonly<Record<string, string>> = { "\r": "enter", "\n": "enter", "\t": "tab", "\u007f": "backspace", "\b": "backspace", "\u0003": "ctrl-c", "\u0004": "ctrl-c" };
// eslint-disable-next-line no-control-regex -- keys are control characters
const PIECE = /\u001b(?:\[[0-9;?<]*[ -/]*[@-~]|O[A-Za-z])|\u001b|[^\u001b]/gsu;

export class Keys {
  readonly #decoder = new StringDecoder("utf8");

  feed(bytes: Buffer): Key[] {
    return [...this.#decoder.write(bytes).matchAll(PIECE)].flatMap(([piece]) => {
      if (piece === "\u001b") return ["escape"];
      if (piece.startsWith("\u001b")) return NAMED[piece.slice(1)] ?? [];
      const single = SINGLE[piece];
      if (single !== undefined) return [single];
      return /\p{Cc}/u.test(piece) ? [] : [piece];
    });
  }
}
