// The record on disk: a directory of files, each named by its first record's number, a record a line. The newest one grows.
import { closeSync, createReadStream, existsSync, fstatSync, ftruncateSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Segment {
  readonly first: number;
  readonly path: string;
}

const NAME = /^(\d{12})\.jsonl$/;

export const segmentPath = (directory: string, first: number): string => join(directory, `${String(first).padStart(12, "0")}.jsonl`);

/** Oldest first; none when there is no such directory. */
export function segmentsIn(directory: string): Segment[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const first = NAME.exec(name)?.[1];
    return first === undefined ? [] : [{ first: Number(first), path: join(directory, name) }];
  }).toSorted((a, b) => a.first - b.first);
}

/** Whole lines from the segment that holds record `after + 1` on. A line without its newline is still being written, or torn. */
export async function* linesFrom(directory: string, after = 0): AsyncGenerator<string> {
  const segments = segmentsIn(directory);
  const start = segments.findLastIndex(({ first }) => first <= after + 1);
  for (const { path } of segments.slice(Math.max(0, start))) yield* linesOf(path);
}

/** @param tailBytes only so much of the end: what begins in the middle of a line is left out */
export async function* linesOf(path: string, tailBytes = Number.POSITIVE_INFINITY): AsyncGenerator<string> {
  let file;
  try {
    file = openSync(path, "r");
  } catch {
    // Removed for its age meanwhile.
    return;
  }
  const size = wholeSize(file);
  if (size === 0) return closeSync(file);
  const start = Math.max(0, size - tailBytes);
  let cut = start > 0;
  for await (const line of createInterface({ input: createReadStream("", { fd: file, start, end: size - 1 }), crlfDelay: 0 })) {
    if (!cut) yield line;
    cut = false;
  }
}

/** Cuts an unfinished last line off. @returns how many bytes that were */
export function cutTorn(path: string): number {
  const file = openSync(path, "r+");
  try {
    const { size } = fstatSync(file);
    const whole = wholeSize(file);
    if (whole < size) ftruncateSync(file, whole);
    return size - whole;
  } finally {
    closeSync(file);
  }
}

/** The last whole line; undefined when there is none. */
export function lastLine(path: string): string | undefined {
  const file = openSync(path, "r");
  try {
    const end = wholeSize(file);
    if (end === 0) return undefined;
    const start = lastNewline(file, end - 1) + 1;
    const bytes = Buffer.alloc(end - 1 - start);
    readSync(file, bytes, 0, bytes.length, start);
    return bytes.toString("utf8");
  } finally {
    closeSync(file);
  }
}

/** The first line, of at most 4 KiB; empty when there is no such file. */
export function firstLine(path: string): string {
  if (!existsSync(path)) return "";
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(4_096);
    const text = bytes.toString("utf8", 0, readSync(file, bytes, 0, bytes.length, 0));
    return text.slice(0, Math.max(0, text.indexOf("\n")));
  } finally {
    closeSync(file);
  }
}

/** Bytes up to the last newline, with it. */
const wholeSize = (file: number): number => lastNewline(file, fstatSync(file).size) + 1;

/** Where the last newline before `end` is; -1: nowhere. */
function lastNewline(file: number, end: number): number {
  const piece = Buffer.alloc(64 * 1024);
  for (let to = end; to > 0; ) {
    const from = Math.max(0, to - piece.length);
    const read = readSync(file, piece, 0, to - from, from);
    const at = piece.subarray(0, read).lastIndexOf(10);
    if (at >= 0) return from + at;
    to = from;
  }
  return -1;
}
