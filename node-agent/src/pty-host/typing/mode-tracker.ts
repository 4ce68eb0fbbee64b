// The two modes of a program that change how typing reaches it: bracketed paste (DECSET 2004) and application cursor keys
// (DECSET 1). Followed in the stream itself, across splits, so that nobody has to ask the emulator before a keystroke.

const ESC = 0x1b;
/** Longest private mode sequence worth remembering across a split. */
const MAX_HELD = 64;

export class ModeTracker {
  bracketedPaste = false;
  applicationCursor = false;
  #held = "";

  feed(bytes: Buffer): void {
    if (this.#held === "" && !bytes.includes(ESC)) return;
    const text = this.#held + bytes.toString("latin1");
    this.#held = "";
    // eslint-disable-next-line no-control-regex -- terminal sequences begin with ESC
    for (const [, params = "", final] of text.matchAll(/\u001b(?:\[\?([0-9;]{1,40})([hl])|c)/g)) this.#apply(params, final);
    const last = text.lastIndexOf("\u001b");
    // eslint-disable-next-line no-control-regex -- see above
    if (last >= 0 && text.length - last < MAX_HELD && /^\u001b(\[(\?[0-9;]*)?)?$/.test(text.slice(last))) this.#held = text.slice(last);
  }

  #apply(params: string, final: string | undefined): void {
    if (final === undefined) {
      this.bracketedPaste = false;
      this.applicationCursor = false;
      return;
    }
    for (const param of params.split(";")) {
      if (param === "2004") this.bracketedPaste = final === "h";
      if (param === "1") this.applicationCursor = final === "h";
    }
  }
}
