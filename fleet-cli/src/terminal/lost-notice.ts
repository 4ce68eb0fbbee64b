// While the connection is lost: first the window's title says so, later one line at the bottom, which the program gets back.
import { printable } from "@fleetwire/shared/ids";
import type { OuterTerminal } from "./outer-terminal.ts";

/** A shorter cut shows nothing on the screen. */
const LINE_AFTER_MS = 1_500;

export class LostNotice implements Disposable {
  readonly #terminal: OuterTerminal;
  readonly #target: string;
  #since: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #drawn = false;
  #reason = "";

  constructor(terminal: OuterTerminal, target: string) {
    this.#terminal = terminal;
    this.#target = target;
  }

  begin(): void {
    if (this.#since !== undefined) return;
    this.#since = performance.now();
    void this.#terminal.print(`\u001b]2;${this.#target}: connection lost, reconnecting\u001b\\`);
    this.#timer = setTimeout(this.#draw, LINE_AFTER_MS);
  }

  reason(text: string): void {
    this.#reason = printable(text);
  }

  /** @returns true when something was drawn over the session's screen */
  end(): boolean {
    if (this.#since === undefined) return false;
    const drawn = this.#drawn;
    clearTimeout(this.#timer);
    this.#since = undefined;
    this.#drawn = false;
    void this.#terminal.print(`${drawn ? this.#atBottom("") : ""}\u001b]2;${printable(this.#terminal.modes.title ?? this.#target)}\u001b\\`);
    return drawn;
  }

  [Symbol.dispose](): void {
    this.end();
  }

  readonly #draw = (): void => {
    if (this.#since === undefined) return;
    this.#drawn = true;
    const { cols } = this.#terminal.size;
    const seconds = Math.round((performance.now() - this.#since) / 1000);
    const text = ` ${this.#target}: connection lost ${seconds} s ago, reconnecting; Ctrl+B d leaves${this.#reason === "" ? "" : ` (${this.#reason})`} `;
    void this.#terminal.print(this.#atBottom(`\u001b[7m${text.slice(0, cols)}`));
    this.#timer = setTimeout(this.#draw, 1_000);
  };

  #atBottom(text: string): string {
    return `\u001b7\u001b[${this.#terminal.size.rows};1H\u001b[0m\u001b[2K${text}\u001b8`;
  }
}
