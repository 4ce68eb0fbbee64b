// When what was printed: records of 16 bytes in `timing.idx`, so that a log can start at a time and a recording can be
// played with true timing. Layout, big endian: 6 bytes milliseconds since 1970, 1 byte kind, 1 byte 0, 8 bytes value. Kind 0:
// what begins at offset `value` was printed then, and what follows within 10 ms of it. Kind 1: the size became cols (upper 4 bytes) × rows (lower 4), at the offset of
// the record before.
import { appendFile, readFile, rename, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Size } from "@fleetwire/shared/control";

const RECORD = 16;
const APART_MS = 10;
const FLUSH_MS = 250;
const FILE = "timing.idx";

/** From this offset on the terminal had this size. */
export interface SizeChange {
  readonly ms: number;
  readonly offset: number;
  readonly size: Size;
}

export class TimingIndex {
  readonly #path: string;
  readonly sizes: SizeChange[] = [];
  #waiting: Buffer[] = [];
  #lastMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(directory: string) {
    this.#path = join(directory, FILE);
    for (const record of recordsOf(readIfThere(this.#path))) if (record.kind === "size") this.sizes.push({ ms: record.ms, offset: record.offset, size: record.size });
  }

  /** What is printed from `offset` on is printed now or later. */
  output(nowMs: number, offset: number): void {
    if (nowMs - this.#lastMs < APART_MS) return;
    this.#lastMs = nowMs;
    this.#add(nowMs, 0, offset, 0);
  }

  resized(nowMs: number, offset: number, size: Size): void {
    this.sizes.push({ ms: nowMs, offset, size });
    this.#add(nowMs, 0, offset, 0);
    this.#add(nowMs, 1, size.cols, size.rows);
  }

  /** Offset of the first byte printed at or after the time, to 10 ms; undefined when none was. */
  async offsetAt(timeMs: number): Promise<number | undefined> {
    await this.flush();
    for (const record of recordsOf(await readFile(this.#path).catch(() => Buffer.alloc(0)))) if (record.ms >= timeMs) return record.offset;
    return undefined;
  }

  /** Forgets what happened before an offset that the log has no more. */
  async trim(start: number): Promise<void> {
    await this.flush();
    const records = [...recordsOf(await readFile(this.#path).catch(() => Buffer.alloc(0)))];
    const firstKept = records.findIndex((record) => record.offset >= start);
    const size = records.slice(0, firstKept < 0 ? records.length : firstKept).findLast((record) => record.kind === "size");
    const kept = firstKept < 0 ? [] : records.slice(firstKept);
    const head = size === undefined ? [] : [encode(size.ms, 0, start, 0), encode(size.ms, 1, size.size.cols, size.size.rows)];
    const text = Buffer.concat([...head, ...kept.map(({ raw }) => raw)]);
    this.#writing = this.#writing
      .then(async () => {
        await writeFile(`${this.#path}.new`, text, { mode: 0o600 });
        await rename(`${this.#path}.new`, this.#path);
      })
      .catch(() => {});
    await this.#writing;
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length > 0) {
      const bytes = Buffer.concat(this.#waiting);
      this.#waiting = [];
      // A disk that fails costs the timing, not the session.
      this.#writing = this.#writing.then(() => appendFile(this.#path, bytes, { mode: 0o600 })).catch(() => {});
    }
    await this.#writing;
  }

  #add(ms: number, kind: number, high: number, low: number): void {
    this.#waiting.push(encode(ms, kind, high, low));
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }
}

type TimingRecord = { readonly ms: number; readonly offset: number; readonly raw: Buffer } & ({ readonly kind: "output" } | { readonly kind: "size"; readonly size: Size });

function encode(ms: number, kind: number, value: number, rows: number): Buffer {
  const record = Buffer.alloc(RECORD);
  record.writeUIntBE(ms, 0, 6);
  record[6] = kind;
  if (kind === 0) {
    record.writeUInt32BE(Math.floor(value / 2 ** 32), 8);
    record.writeUInt32BE(value % 2 ** 32, 12);
  } else {
    record.writeUInt32BE(value, 8);
    record.writeUInt32BE(rows, 12);
  }
  return record;
}

function* recordsOf(bytes: Buffer): Generator<TimingRecord> {
  let offset = 0;
  for (let at = 0; at + RECORD <= bytes.length; at += RECORD) {
    const raw = bytes.subarray(at, at + RECORD);
    const ms = raw.readUIntBE(0, 6);
    if (raw[6] === 0) {
      offset = raw.readUInt32BE(8) * 2 ** 32 + raw.readUInt32BE(12);
      yield { kind: "output", ms, offset, raw };
    } else if (raw[6] === 1) yield { kind: "size", ms, offset, size: { cols: raw.readUInt32BE(8), rows: raw.readUInt32BE(12) }, raw };
  }
}

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}
