// The two measurements of a terminal: how fast text comes through it, and how long a key takes to come back.
import type { Terminal, Way } from "../peers/terminal.ts";
import { BLOCK_OUT, DONE, echoing, printing, READY } from "../programs/index.ts";

const LONGEST_MS = 120_000;
/** None of them ends an escape sequence: what a multiplexer draws beside the key is not taken for it. */
const KEYS = Buffer.from("vwxyz");

/** MB of program output a second, from the start of printing to its last byte here. @throws Error when a byte is missing or too many */
export async function measureFlow(way: Way, blocks: number): Promise<number> {
  const terminal = await way.open(printing(blocks));
  try {
    await awaitText(terminal, way, READY);
    const bytes = blocks * BLOCK_OUT;
    const from = performance.now();
    const received = way.exact ? await countBytes(terminal, bytes, () => terminal.write("\n")) : await awaitText(terminal, way, DONE, () => terminal.write("\n")).then(() => bytes);
    const seconds = (performance.now() - from) / 1000;
    if (received !== bytes) throw new Error(`${way.name}: ${received} bytes came of ${bytes}`);
    return bytes / 1e6 / seconds;
  } finally {
    await terminal.close();
  }
}

/** Bytes until the end mark; without it, an error after a time. */
function countBytes(terminal: Terminal, expected: number, start: () => void): Promise<number> {
  const end = `${DONE}\r\n`;
  let received = 0;
  let tail = "";
  return withTimeout("the printed text", (resolve) => {
    terminal.listen((bytes) => {
      received += bytes.length;
      if (received < expected) return;
      tail = (tail + bytes.subarray(-end.length).toString("latin1")).slice(-end.length);
      if (tail === end) resolve(received - end.length);
    });
    start();
  });
}

/** Microseconds from a key to its echo, one after the other. */
export async function measureEcho(terminal: Terminal, keys: number): Promise<number[]> {
  const us: number[] = [];
  return withTimeout("the echo", (resolve) => {
    let from = 0;
    let key = 0;
    const type = () => {
      key = KEYS[us.length % KEYS.length] as number;
      from = performance.now();
      terminal.write(String.fromCharCode(key));
    };
    terminal.listen((bytes) => {
      if (!bytes.includes(key)) return;
      us.push((performance.now() - from) * 1000);
      key = 0;
      if (us.length === keys) resolve(us);
      // Not from within the listener: the way there must be as idle as when a person types.
      else setImmediate(type);
    });
    type();
  });
}

/** A terminal with a program that echoes keys, ready. */
export async function openEcho(way: Way): Promise<Terminal> {
  const terminal = await way.open(echoing());
  await awaitText(terminal, way, READY);
  return terminal;
}

/** Resolves once the program printed this line: every byte of it, or the picture of it. */
export function awaitText(terminal: Terminal, { exact }: Pick<Way, "exact">, text: string, start?: () => void): Promise<void> {
  const wanted = exact ? `${text}\r\n` : text;
  let tail = "";
  return withTimeout(`'${text}'`, (resolve) => {
    terminal.listen((bytes) => {
      tail += bytes.toString("latin1");
      if (tail.includes(wanted)) {
        terminal.listen(undefined);
        resolve();
      }
      tail = tail.slice(-wanted.length);
    });
    start?.();
  });
}

function withTimeout<T>(what: string, start: (resolve: (value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited ${LONGEST_MS / 1000} s in vain for ${what}`)), LONGEST_MS);
    start((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
