// The terminal that a session's program talks to: one for all viewers, there without any (D10). It reads the output once, as
// it comes, keeps what typing and answers depend on, answers, and tells what the program said.
import type { TerminalSignal } from "@fleetwire/shared/control";
import { Answers } from "./answers.ts";
import { Colors, DARK, type Defaults } from "./colors.ts";
import { KeyEncoding } from "./key-encoding.ts";
import { Modes } from "./modes.ts";
import { answerControl, answerString, PRIMARY, sizeReport, type Answer, type Asked, type Look } from "./questions.ts";
import { Scanner, type Text } from "./scanner.ts";
import { setColors } from "./set-colors.ts";
import { SignalLimit } from "./signal-limit.ts";
import { saidBy, type Said } from "./signals.ts";

/** Finals of the control sequences that mean something here. */
const FINALS = "hlcnpt";
/** Reports its size in the stream while this is on. */
const SIZE_REPORTS = 2048;
const SIZE_REPORTS_ON = /^\?(?:.*;)?2048(?:;|$)/;

export interface TerminalOptions {
  readonly version: string;
  /** Of the session's environment. */
  readonly term: string;
  readonly colors: Defaults | undefined;
  readonly size: () => Asked["size"];
  /** What stands in the picture at these offsets; called when the output up to there can be had. */
  readonly look: (offsets: readonly number[]) => Promise<readonly Look[]>;
  /** Into the program's input, before what waits there. */
  readonly write: (bytes: Buffer, onWritten: () => void) => void;
  /** At once, all of them: for what is kept. */
  readonly onSignal: (signal: TerminalSignal) => void;
  /** A bearable number of them: for others. */
  readonly onTold: (signal: TerminalSignal) => void;
}

const NOWHERE: Look = { row: 1, column: 1, sgr: "", top: 1, bottom: 1, cursorStyle: 1 };

interface Pending {
  readonly offset: number;
  readonly give: (text: string) => void;
  readonly look: (look: Look) => string;
}

export class Terminal {
  readonly modes = new Modes();
  readonly #keys = new KeyEncoding();
  readonly #colors: Colors;
  readonly #answers: Answers;
  readonly #limit: SignalLimit;
  readonly #options: TerminalOptions;
  readonly #scanner: Scanner;
  #pending: Pending[] = [];
  /** When what is being read came, and whether a bell was in it: ringing in a loop says no more than ringing. */
  #now = 0;
  #rung = false;

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#colors = new Colors(options.colors ?? DARK);
    this.#answers = new Answers(options.write);
    this.#limit = new SignalLimit(options.onTold);
    this.#scanner = new Scanner(FINALS, {
      control: (params, final, end) => this.#control(params, final, end),
      escape: (final) => this.#escape(final),
      string: (text, end) => this.#string(text, end),
      bell: (end) => this.#bell(end),
    });
  }

  /** How the program wants to be typed to. */
  get typing(): { bracketedPaste: boolean; applicationCursor: boolean; kitty: number; otherKeys: number } {
    const { bracketedPaste, applicationCursor, alternate } = this.modes;
    return { bracketedPaste, applicationCursor, kitty: this.#keys.flags(alternate), otherKeys: this.#keys.otherKeys };
  }

  /** Before the output is kept: what viewers are told comes after. */
  read(bytes: Buffer, offset: number): void {
    this.#now = Date.now();
    this.#rung = false;
    this.#scanner.feed(bytes, offset);
  }

  /** When it is kept, and nobody has asked for a later picture yet: answers what was asked in it. */
  answer(): void {
    const pending = this.#pending;
    this.#pending = [];
    if (pending.length > 0) void this.#look(pending);
    this.#answers.flush();
  }

  async #look(pending: readonly Pending[]): Promise<void> {
    // A wrong place is better than a program that waits for ever.
    const looks = await this.#options.look(pending.map(({ offset }) => offset)).catch(() => []);
    for (const [at, { give, look }] of pending.entries()) give(look(looks[at] ?? NOWHERE));
    this.#answers.flush();
  }

  resized(): void {
    if (!this.modes.isOn(SIZE_REPORTS) || this.#answers.full) return;
    this.#answers.add(sizeReport(this.#options.size()));
    this.#answers.flush();
  }

  /** The program has ended. */
  end(): void {
    this.#limit.flush();
  }

  #control(params: string, final: string, end: number): void {
    switch (final) {
      case "h":
      case "l":
        this.modes.switched(params, final === "h");
        if (final === "h" && SIZE_REPORTS_ON.test(params)) this.#say(sizeReport(this.#options.size()), end);
        return;
      case "p":
        if (params === "!") this.#softReset();
        break;
      case "u":
        this.#keys.kitty(params, this.modes.alternate);
        break;
      case "m":
        this.#keys.modifiers(params);
        break;
      default:
    }
    this.#say(answerControl(params, final, this.#asked), end);
  }

  #escape(final: string): void {
    if (final === "c") this.#reset();
    else if (final === "Z") this.#say(PRIMARY, 0);
  }

  #string(text: Text, end: number): void {
    this.#say(answerString(text, this.#asked), end);
    if (text.kind === "]" && text.whole) setColors(text.text, this.#colors);
    const said = saidBy(text);
    if (said !== undefined) this.#said(said, end);
  }

  #say(answer: Answer | undefined, end: number): void {
    if (answer === undefined || this.#answers.full) return;
    if (typeof answer === "string") this.#answers.add(answer);
    else this.#pending.push({ offset: end, give: this.#answers.later(), look: answer.look });
  }

  #bell(end: number): void {
    if (this.#rung) return;
    this.#rung = true;
    this.#said({ kind: "bell" }, end);
  }

  #said(said: Said, offset: number): void {
    const signal = { ...said, offset, at: this.#now };
    this.#options.onSignal(signal);
    this.#limit.take(signal);
  }

  get #asked(): Asked {
    const { size, version, term } = this.#options;
    return { modes: this.modes, keys: this.#keys, colors: this.#colors, size: size(), version, term };
  }

  #softReset(): void {
    this.modes.softReset();
    this.#keys.reset();
  }

  #reset(): void {
    this.modes.reset();
    this.#keys.reset();
    this.#colors.reset();
  }
}
