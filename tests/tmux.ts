// A real terminal to look at: tmux on a server of its own, typed into with send-keys, read with capture-pane.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { waitFor } from "../shared/src/testing/index.ts";

export class Tmux implements Disposable {
  readonly #socket = `fw-${randomBytes(4).toString("hex")}`;

  constructor(env: Readonly<Record<string, string>>, command: string, size: { cols: number; rows: number } = { cols: 100, rows: 30 }) {
    execFileSync("tmux", ["-L", this.#socket, "-f", "/dev/null", "new-session", "-d", "-x", String(size.cols), "-y", String(size.rows), command], { env: { ...env, TERM: "xterm-256color" } });
    this.#tmux("set-option", "-g", "remain-on-exit", "on");
  }

  /** Keys by tmux's names, e.g. `C-b`, `Enter`, or text. */
  keys(...keys: string[]): void {
    this.#tmux("send-keys", ...keys);
  }

  type(text: string): void {
    this.#tmux("send-keys", "-l", text);
  }

  screen(): string {
    return this.#tmux("capture-pane", "-p");
  }

  resize(cols: number, rows: number): void {
    this.#tmux("resize-window", "-x", String(cols), "-y", String(rows));
  }

  format(text: string): string {
    return this.#tmux("display-message", "-p", text).trim();
  }

  /** Waits until the screen matches. @returns the screen */
  async shows(pattern: RegExp, timeoutMs = 15_000): Promise<string> {
    try {
      return await waitFor(`the terminal shows ${String(pattern)}`, () => (pattern.test(this.screen()) ? this.screen() : undefined), timeoutMs);
    } catch (error) {
      throw new Error(`${(error as Error).message}; it shows:\n${this.screen()}`, { cause: error });
    }
  }

  [Symbol.dispose](): void {
    try {
      this.#tmux("kill-server");
    } catch {
      // It has ended by itself.
    }
  }

  #tmux(...args: string[]): string {
    return execFileSync("tmux", ["-L", this.#socket, ...args], { encoding: "utf8" });
  }
}
