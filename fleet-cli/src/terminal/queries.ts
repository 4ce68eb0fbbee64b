// Which escape sequences ask the terminal for an answer (xterm's "Control Sequences", Kitty's and iTerm2's protocols). None gets
// through: the session's host answers what may be answered, once for all viewers (D10), and nobody answers the rest:
// the clipboard, the title, or anything else that would type a program's own text back.
import type { Sequence } from "./sequence.ts";

export function isQuery({ kind, text, final }: Sequence): boolean {
  switch (kind) {
    case "Z":
      return true;
    case "[":
      return isControlQuery(text, final);
    case "]":
      return isStringQuery(text);
    case "P":
      // DECRQSS, XTGETTCAP; Kitty's remote control; tmux's wrapping, which hides what it holds and stays open without it;
      // macros and keys that hold text (DECDMAC, DECUDK) and would answer later.
      return /^(?:[$+]q|@kitty-|tmux;|[\d;]*(?:!z|\|))/.test(text);
    case "_":
      // Kitty's pictures: a question whether they can be shown.
      return /^G(?:[^;]*,)?a=q/.test(text);
    default:
      return false;
  }
}

function isControlQuery(text: string, final: string): boolean {
  switch (final) {
    case "n":
      return /^\??[\d;]*$/.test(text);
    case "c":
      return /^[>=?]?[\d;]*$/.test(text);
    case "u":
      return text.startsWith("?") || text.endsWith("&") || text.endsWith("$");
    case "p":
      return text.endsWith("$") || text.endsWith("+");
    case "q":
      return text.startsWith(">");
    case "m":
      return text.startsWith("?");
    case "t":
      // Of the title's two kinds of report, 20 and 21, nothing is answered at all: typed text can be smuggled in that way.
      return /^0*(?:1[1-9]|2[01])(?:;|$)/.test(text);
    case "x":
      return /^[01]?$/.test(text);
    case "y":
      return text.endsWith("*");
    case "z":
      // Runs a macro.
      return text.endsWith("*");
    case "S":
      return text.startsWith("?");
    case "v":
      return text.endsWith('"');
    case "w":
      return text.endsWith("$");
    case "R":
      return text.endsWith("#");
    case "|":
      return text.endsWith("#") || text.endsWith("'");
    default:
      return false;
  }
}

function isStringQuery(text: string): boolean {
  // The clipboard: a selection's name too long to end in the head has no other use than to hide what follows.
  if (/^0*52;(?:[^;]*;\s*\?|[^;]{65})/.test(text)) return true;
  if (/^0*99;(?:[^;]*:)?p=\?/.test(text)) return true;
  return /^0*(?:4|5|1\d|2[12]|50|52|60|61|99|66)\b.*;\s*\?/.test(text);
}
