// Which escape sequences ask the terminal for an answer (xterm's "Control Sequences", Kitty's keyboard protocol).

export interface Sequence {
  /** `[` CSI, `]` OSC, `P` DCS, otherwise the character after ESC. */
  readonly kind: string;
  /** Parameters of a CSI; the head of a string, at most a thousand characters of it. */
  readonly text: string;
  /** Last character of a CSI. */
  readonly final: string;
  /** Bytes. */
  readonly length: number;
  /** The string's terminator is not part of `length`. */
  readonly open: boolean;
}

/**
 * Answers that hold something a program may not read: the clipboard (OSC 52 with `?`), the title and the icon's title
 * (CSI 21 t, CSI 20 t), which is also how typed text can be smuggled in.
 */
export function isSecretQuery({ kind, text, final }: Sequence): boolean {
  if (kind === "[") return final === "t" && /^0*2[01](?:;|$)/.test(text);
  // A selection name too long to end in the head has no other use than to hide what follows.
  return kind === "]" && /^0*52;(?:[^;]*;\s*\?|[^;]{65})/.test(text);
}

export function isQuery({ kind, text, final }: Sequence): boolean {
  if (kind === "Z") return true;
  if (kind === "P") return /^[$+]q/.test(text);
  if (kind === "]") return /^0*(?:4|5|1\d|2[12]|50|52|60|61|99|66)\b.*;\s*\?/.test(text);
  if (kind !== "[") return false;
  switch (final) {
    case "n":
      return /^\??[\d;]*$/.test(text);
    case "c":
      return /^[>=?]?[\d;]*$/.test(text);
    case "u":
      return text.startsWith("?");
    case "p":
      return text.endsWith("$");
    case "q":
      return text.startsWith(">");
    case "t":
      return /^0*(?:1[1-9])(?:;|$)/.test(text);
    case "x":
      return /^[01]?$/.test(text);
    case "y":
      return text.endsWith("*");
    case "S":
      return text.startsWith("?");
    case "w":
      return text.endsWith("$");
    default:
      return false;
  }
}
