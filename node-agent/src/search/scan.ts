// A search through logs, one page of it. It blocks: it runs on a thread of its own, which is ended from outside when a pattern
// doesn't come to an end.
import { join } from "node:path";
import { LogReader, TimingFile } from "../pty-host/index.ts";
import { Matches } from "./matches.ts";
import type { FoundLine, SearchAnswer, SearchedLog, SearchQuestion } from "./messages.ts";
import { patternOf } from "./pattern.ts";
import { PlainLines } from "./plain-lines.ts";

const PIECE = 1024 * 1024;
/** Lines between two looks at the clock. */
const LINES_A_LOOK = 512;

export async function scan({ logs, cursor, sinceMs, context, limit, withinMs, bytes, pattern }: SearchQuestion): Promise<SearchAnswer> {
  const until = performance.now() + withinMs;
  const matches = new Matches({ pattern: patternOf(pattern), context, limit, bytes });
  let searched = 0;
  let done = 0;
  let next: SearchAnswer["next"] = null;
  for (const [index, log] of logs.entries()) {
    const place = index === 0 ? cursor : undefined;
    const from = place ?? (sinceMs === undefined ? { offset: 0, after: 0 } : await since(log, sinceMs));
    if (from === undefined) {
      done++;
      continue;
    }
    if (index > 0 && performance.now() > until) {
      next = { session: log.session, ...from };
      break;
    }
    const before = matches.found.length;
    const page = scanLog(log, from, matches, until);
    searched += page.bytes;
    await addTimes(log, matches.found.slice(before));
    if (page.next !== undefined) {
      next = { session: log.session, ...page.next };
      break;
    }
    done++;
  }
  return { found: matches.found, next, sessions: done, bytes: searched };
}

interface From {
  readonly offset: number;
  readonly after: number;
}

/** @returns `next`: where this log is not finished */
function scanLog({ session, directory, upTo }: SearchedLog, { offset, after }: From, matches: Matches, until: number): { bytes: number; next?: From } {
  using reader = new LogReader(directory);
  matches.begin(session);
  let count = 0;
  let next: From | undefined;
  const lines = new PlainLines(offset, (at, text) => {
    const isLate = ++count % LINES_A_LOOK === 0 && performance.now() > until;
    // A page that is over still takes what stands around its last matches.
    const isOver = (isLate || (matches.isFull && !matches.waits)) && at > offset;
    if (!isOver && matches.line(at, text, at >= after)) return true;
    next = { offset: matches.contextFrom ?? at, after: at };
    return false;
  });
  let at = offset;
  let bytes = 0;
  while (at < upTo && !lines.stopped) {
    const part = reader.read(at, Math.min(PIECE, upTo - at));
    if (part === undefined || part.offset >= upTo) break;
    if (part.offset > at) lines.skipTo(part.offset);
    const piece = part.bytes.subarray(0, upTo - part.offset);
    lines.feed(piece);
    bytes += piece.length;
    at = part.offset + piece.length;
  }
  if (!lines.stopped) lines.end();
  return { bytes, ...(next === undefined ? {} : { next }) };
}

/** Where the output begins that was printed from then on; undefined: nothing was. */
async function since({ directory }: SearchedLog, ms: number): Promise<From | undefined> {
  await using file = await timesOf(directory);
  const [record] = file === undefined ? [] : await file.read(await file.find((one) => one.ms < ms), 1);
  return record === undefined ? undefined : { offset: record.offset, after: record.offset };
}

async function addTimes({ directory }: SearchedLog, found: readonly FoundLine[]): Promise<void> {
  if (found.length === 0) return;
  await using file = await timesOf(directory);
  for (const match of found) {
    const after = (await file?.find((record) => record.offset <= match.offset)) ?? 0;
    const [record] = after === 0 ? [] : ((await file?.read(after - 1, 1)) ?? []);
    if (record !== undefined) Object.assign(match, { at: new Date(record.ms).toISOString() });
  }
}

const timesOf = (directory: string): Promise<TimingFile | undefined> => TimingFile.open(join(directory, "timing.idx"));
