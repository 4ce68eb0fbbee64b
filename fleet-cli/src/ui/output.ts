// The one place that prints. Results go to stdout, everything else to stderr.
import { neutral } from "../text/index.ts";

/** What a command has to show, in each form a person can ask for. Undefined: nothing in that form. Only the form asked for is read: long ones are getters. */
export interface Shown {
  /** The document of `--json`. */
  readonly json?: unknown;
  readonly text?: string;
  /** What `--quiet` prints instead: ids, one a line. */
  readonly quiet?: string;
}

export interface OutputOptions {
  readonly stdout: NodeJS.WriteStream;
  /** Made when it is first needed: opening a stream costs start-up time. */
  readonly stderr: () => NodeJS.WriteStream;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  /** Nobody reads stdout any more. */
  readonly onClosed: () => void;
}

export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  /** Cells of the terminal on stdout; undefined when it is none. */
  readonly width: number | undefined;
  readonly isTerminal: boolean;
  show(shown: Shown): Promise<void>;
  /** One line on stdout. */
  line(text: string): Promise<void>;
  /** Bytes on stdout; resolves when there is room for more. */
  bytes(bytes: Uint8Array): Promise<void>;
  /** One line on stderr, unless `--quiet`. */
  note(text: string): void;
  /** Text on stderr as it is, also with `--quiet`. */
  error(text: string): void;
}

export function createOutput({ stdout, stderr, json, quiet, color, onClosed }: OutputOptions): Output {
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
    onClosed();
  });
  function bytes(data: Uint8Array | string): Promise<void> {
    if (stdout.write(data)) return Promise.resolve();
    return new Promise((resolve) => stdout.once("drain", resolve));
  }
  const output: Output = {
    json,
    quiet,
    color: color && stdout.isTTY,
    isTerminal: stdout.isTTY,
    get width() {
      return stdout.isTTY ? stdout.columns || 80 : undefined;
    },
    show(shown) {
      if (json) return shown.json === undefined ? Promise.resolve() : bytes(`${JSON.stringify(shown.json, null, 2)}\n`);
      const chosen = (quiet ? shown.quiet : undefined) ?? shown.text ?? "";
      return chosen === "" ? Promise.resolve() : bytes(`${chosen}\n`);
    },
    line: (text) => bytes(`${text}\n`),
    bytes,
    note(text) {
      if (!quiet) stderr().write(`${neutral(text)}\n`);
    },
    error: (text) => void stderr().write(text),
  };
  return output;
}
