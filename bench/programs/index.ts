// Command lines of the programs under test; each runs on a terminal.
import { benchProgram } from "../harness/bundled.ts";

export { BLOCK_OUT, blocksFor, DONE, line, LINE_OUT, LINES, PROLOGUE, READY } from "./text.ts";

/** Prints that many blocks after a line of input; 0: for ever. Its own speed goes to the report file. */
export function printing(blocks: number, report?: string): string[] {
  return ["sh", "-c", `stty -echo; exec "$@"`, "sh", process.execPath, benchProgram("print"), String(blocks), ...(report === undefined ? [] : [report])];
}

/** Echoes each key: the terminal does, and the program takes what was typed. */
export function echoing(): string[] {
  return ["sh", "-c", `stty -icanon min 1; printf 'READY>\\n'; exec cat >/dev/null`];
}

/** Does nothing until it is killed. */
export function idling(): string[] {
  return ["sleep", "86400"];
}
