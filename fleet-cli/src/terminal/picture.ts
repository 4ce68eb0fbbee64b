// Paints a snapshot into the person's terminal. The first one scrolls what stood there into the terminal's own scrollback, and
// brings the session's scrollback the same way, so that scrolling and copying stay native. Later ones repaint the screen only:
// the terminal's scrollback holds the person's own lines too, and those are never cleared.
import { printable } from "@fleetwire/shared/ids";
import type { SnapshotHeader } from "../client/stream/index.ts";
import type { OuterTerminal } from "./outer-terminal.ts";

const CSI = "\u001b[";

export class Picture {
  readonly #terminal: OuterTerminal;
  #first = true;

  constructor(terminal: OuterTerminal) {
    this.#terminal = terminal;
  }

  async paint(header: SnapshotHeader, bytes: Buffer): Promise<void> {
    const terminal = this.#terminal;
    if (this.#first) {
      await freshPage(terminal);
    } else await terminal.print(`${CSI}?2026h${terminal.modes.toMain()}${CSI}H${CSI}2J`);
    await terminal.show(bytes);
    const title = !terminal.titles || header.title === undefined || header.title === "" ? "" : `\u001b]2;${printable(header.title)}\u001b\\`;
    await terminal.print(`${this.#first ? "" : `${CSI}?2026l`}${title}`);
    this.#first = false;
  }
}

/** An empty screen; what stood there is in the terminal's scrollback. */
export async function freshPage(terminal: OuterTerminal): Promise<void> {
  const { rows } = terminal.size;
  await terminal.print(`${CSI}${rows};1H${"\n".repeat(rows)}${CSI}H`);
}
