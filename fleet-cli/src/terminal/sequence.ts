/** An escape sequence as the output filter sees it. */
export interface Sequence {
  /** `[` CSI, `]` OSC, `P` DCS, `_` APC, otherwise the character after ESC. */
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
