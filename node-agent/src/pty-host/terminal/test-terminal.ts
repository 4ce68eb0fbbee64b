// A terminal without a program: what it is given to read, and what it says.
import type { TerminalSignal } from "@fleetwire/shared/control";
import { Terminal, type TerminalOptions } from "./terminal.ts";

const SIZE = { cols: 80, rows: 24 };

export interface Reading {
  readonly answers: string;
  readonly signals: readonly TerminalSignal[];
  readonly looks: readonly number[];
  readonly terminal: Terminal;
}

/** Reads these pieces as a session does. A look answers row 1 and, as its column, the offset that was looked at. */
export async function read(pieces: readonly Buffer[], options: Partial<TerminalOptions> = {}): Promise<Reading> {
  const answers: Buffer[] = [];
  const signals: TerminalSignal[] = [];
  const looks: number[] = [];
  const terminal = new Terminal({
    version: "1.2.3",
    term: "xterm-256color",
    colors: undefined,
    size: () => SIZE,
    look: async (offsets) => {
      looks.push(...offsets);
      return offsets.map((offset) => ({ row: 1, column: offset, sgr: "1", top: 1, bottom: 24, cursorStyle: 2 }));
    },
    write: (bytes, onWritten) => {
      answers.push(bytes);
      onWritten();
    },
    onSignal: (signal) => signals.push({ ...signal, at: 0 }),
    onTold: () => undefined,
    ...options,
  });
  let offset = 0;
  for (const piece of pieces) {
    terminal.read(piece, offset);
    offset += piece.length;
    terminal.answer();
  }
  await new Promise(setImmediate);
  terminal.end();
  return { answers: Buffer.concat(answers).toString("latin1"), signals, looks, terminal };
}

export const readText = (text: string, options: Partial<TerminalOptions> = {}) => read([Buffer.from(text)], options);
