// Which modes of the person's terminal the session has switched, and the text that undoes them without clearing anything.
import type { Sequence } from "./sequence.ts";

const CSI = "\u001b[";
const ALTERNATE: readonly number[] = [47, 1047, 1049];
/** On from the start in every terminal. */
const NORMALLY_ON: readonly number[] = [7, 25];
/** Switched off whether or not it was seen to be on: a hidden cursor or a reporting mouse makes a shell unusable. */
const ALWAYS_OFF: readonly number[] = [9, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 2004, 1, 69];
/** What another text undoes, or what would clear the screen (3, 40) or move the cursor (6, 1048). */
const LEFT_ALONE: readonly number[] = [3, 6, 40, 1048, 2026, ...ALTERNATE, ...NORMALLY_ON, ...ALWAYS_OFF];

export class Modes {
  readonly #on = new Set<number>();
  #alternate: number | undefined;
  /** Kitty keyboard flags pushed, for the main and the alternate screen: each has a stack of its own. */
  #pushed: [number, number] = [0, 0];
  #kittySet: [boolean, boolean] = [false, false];
  #otherKeys = false;
  /** Scroll margins, of the main and the alternate screen. */
  #margins: [boolean, boolean] = [false, false];
  #origin = false;
  #cursorStyle = false;
  /** Something may stand below the cursor on the main screen. */
  #below = false;
  readonly #strings = new Set<string>();

  /** The window's title as the session has set it; undefined: it has set none. */
  title: string | undefined;

  get alternate(): boolean {
    return this.#alternate !== undefined;
  }

  see({ kind, text, final }: Sequence): void {
    if (kind === "]") this.#string(text);
    else if (kind === "c") this.#reset();
    else if (kind === "[") this.#csi(text, final);
  }

  /** Undoes everything; the cursor ends at the left of an empty line with nothing below it. */
  undo(): string {
    const below = this.#below || (this.#origin && !this.alternate);
    const newLine = this.alternate ? "\r" : "\r\n";
    return `\u0018${CSI}?2026l${this.#leaveAlternate()}${this.#keyboard(0)}${this.#soften()}${below ? `${CSI}999;1H` : ""}${newLine}`;
  }

  /** Everything off, on the main screen: what a new picture starts from. */
  toMain(): string {
    const text = `${this.#leaveAlternate()}${this.#keyboard(0)}${this.#soften()}`;
    this.#reset();
    return text;
  }

  /** Origin mode and margins first: undoing them moves the cursor, and leaving brings back the main screen's. */
  #leaveAlternate(): string {
    if (this.#alternate === undefined) return "";
    const origin = this.#origin ? `${CSI}?6l` : "";
    this.#origin = false;
    return `${this.#keyboard(1)}${origin}${CSI}r${CSI}?${this.#alternate}l`;
  }

  /** The part that leaves screen and cursor where they are. */
  #soften(): string {
    const origin = this.#origin ? `${CSI}?6l` : "";
    const margins = this.#margins[0] ? `\u001b7${CSI}r\u001b8` : "";
    const modes = [...ALWAYS_OFF, ...[...this.#on].filter((mode) => !LEFT_ALONE.includes(mode))].map((mode) => `${CSI}?${mode}l`).join("");
    const strings = [...this.#strings].map((text) => `\u001b]${text}\u001b\\`).join("");
    return `${origin}${margins}${this.#otherKeys ? `${CSI}>4m` : ""}${modes}${CSI}?7h${CSI}?25h${CSI}4l${CSI}20l${this.#cursorStyle ? `${CSI}0 q` : ""}\u001b>\u001b(B\u000f${CSI}0m${strings}`;
  }

  #keyboard(screen: 0 | 1): string {
    return `${this.#pushed[screen] > 0 ? `${CSI}<${this.#pushed[screen]}u` : ""}${this.#kittySet[screen] ? `${CSI}=0u` : ""}`;
  }

  #csi(text: string, final: string): void {
    switch (final) {
      case "h":
      case "l":
        if (text.startsWith("?")) for (const mode of text.slice(1).split(";")) this.#mode(Number(mode), final === "h");
        return;
      case "u":
        return this.#kitty(text);
      case "m":
        if (text.startsWith(">4")) this.#otherKeys = true;
        return;
      case "r":
        if (/^[\d;]*$/.test(text)) this.#margins[this.alternate ? 1 : 0] = text !== "" && text !== ";";
        return;
      case "q":
        if (text.endsWith(" ")) this.#cursorStyle = true;
        return;
      case "p":
        if (text === "!") this.#origin = false;
        return;
      case "A":
      case "F":
      case "H":
      case "f":
      case "d":
        if (!this.alternate) this.#below = true;
        return;
      case "J":
        if (!this.alternate && /^[023]?$/.test(text)) this.#below = false;
        return;
      default:
    }
  }

  #mode(mode: number, on: boolean): void {
    if (ALTERNATE.includes(mode)) this.#alternate = on ? mode : undefined;
    if (mode === 6) this.#origin = on;
    if (on) this.#on.add(mode);
    else this.#on.delete(mode);
  }

  #kitty(text: string): void {
    const screen = this.alternate ? 1 : 0;
    if (text.startsWith(">")) this.#pushed[screen]++;
    else if (text.startsWith("<")) this.#pushed[screen] = Math.max(0, this.#pushed[screen] - Math.max(1, Number(text.slice(1)) || 1));
    else if (text.startsWith("=")) this.#kittySet[screen] = true;
  }

  /** Colours, links and progress bars that outlive a program. */
  #string(text: string): void {
    const number = /^\d+/.exec(text)?.[0];
    if (number === "0" || number === "2") this.title = text.slice(2);
    else if (number === "4") this.#strings.add("104");
    else if (number === "10" || number === "11" || number === "12") this.#strings.add(`1${number}`);
    else if (number === "8") this.#strings.add("8;;");
    else if (text.startsWith("9;4;")) this.#strings.add("9;4;0");
  }

  /** ESC c: the program has reset the terminal. */
  #reset(): void {
    this.#on.clear();
    this.#alternate = undefined;
    this.#pushed = [0, 0];
    this.#kittySet = [false, false];
    this.#margins = [false, false];
    this.#otherKeys = this.#origin = this.#cursorStyle = this.#below = false;
  }
}
