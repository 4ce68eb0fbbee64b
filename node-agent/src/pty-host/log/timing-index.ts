// When what was printed (`timing.idx`, see timing-record.ts), so that a log can start at a time and a recording can be played
// with true timing. Whatever is printed 10 ms or more after what came before it has its own time, to the millisecond; of what
// comes closer, a piece has one once a kilobyte has gathered. The file is bounded: its older half gets coarser when it is full.
import { readFileSync } from "node:fs";
import { appendFile, readFile, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Size } from "@fleetwire/shared/control";
import { thinOlderHalf, trimTo } from "./timing-bounds.ts";
import { TimingFile } from "./timing-file.ts";
import { encodeOutput, encodeSize, isSize, RECORD, recordsOf } from "./timing-record.ts";

const APART_MS = 10;
const APART_BYTES = 1024;
const FLUSH_MS = 250;
const FILE = "timing.idx";
const MAX_BYTES = 16 * 1024 * 1024;

/** From this offset on the terminal had this size. */
export interface SizeChange {
  readonly ms: number;
  readonly offset: number;
  readonly size: Size;
}

export class TimingIndex {
  readonly path: string;
  readonly sizes: SizeChange[] = [];
  readonly #maxBytes: number;
  #waiting: Buffer[] = [];
  #lastMs = 0;
  #lastOffset = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #edition = 0;

  constructor(directory: string, maxBytes = MAX_BYTES) {
    this.path = join(directory, FILE);
    this.#maxBytes = maxBytes;
    this.sizes.push(...sizesIn(readIfThere(this.path)));
  }

  /** Counts how often the file was written anew: a record's number holds within one edition. */
  get edition(): number {
    return this.#edition;
  }

  /** What is printed from `offset` on is printed now or later. */
  output(nowMs: number, offset: number): void {
    // Not `nowMs - last`: a clock that is set back must not silence the index until it has caught up.
    const apart = Math.abs(nowMs - this.#lastMs);
    if (apart >= APART_MS || (apart >= 1 && offset - this.#lastOffset >= APART_BYTES)) this.#printed(nowMs, offset);
  }

  resized(nowMs: number, offset: number, size: Size): void {
    this.sizes.push({ ms: nowMs, offset, size });
    this.#printed(nowMs, offset);
    this.#add(encodeSize(nowMs, size));
  }

  /** Offset of the first byte printed at or after the time, to 10 ms; undefined when none was. */
  async offsetAt(timeMs: number): Promise<number | undefined> {
    await this.flush();
    await using file = await TimingFile.open(this.path);
    if (file === undefined) return undefined;
    const [record] = await file.read(await file.find(({ ms }) => ms < timeMs), 1);
    return record?.offset;
  }

  /** The time of the last record before an offset, and the size that holds up to there. */
  async before(offset: number): Promise<{ readonly ms?: number; readonly size?: Size }> {
    await this.flush();
    const { size } = this.sizes.findLast((change) => change.offset < offset) ?? {};
    await using file = await TimingFile.open(this.path);
    const after = (await file?.find((record) => record.offset < offset)) ?? 0;
    const ms = after === 0 ? undefined : (await file?.read(after - 1, 1))?.[0]?.ms;
    return { ...(ms === undefined ? {} : { ms }), ...(size === undefined ? {} : { size }) };
  }

  /** Forgets what happened before an offset that the log has no more. */
  trim(start: number): Promise<void> {
    return this.#rewrite((bytes) => trimTo(bytes, start));
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length > 0) {
      const bytes = Buffer.concat(this.#waiting);
      this.#waiting = [];
      // A disk that fails costs the timing, not the session.
      this.#writing = this.#writing.then(() => this.#append(bytes)).catch(() => {});
    }
    await this.#writing;
  }

  #printed(ms: number, offset: number): void {
    this.#lastMs = ms;
    this.#lastOffset = offset;
    this.#add(encodeOutput(ms, offset));
  }

  #add(record: Buffer): void {
    this.#waiting.push(record);
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  async #append(bytes: Buffer): Promise<void> {
    const { size } = await stat(this.path).catch(() => ({ size: 0 }));
    // Half a record, of a disk that was full, would shift all that follow.
    if (size % RECORD !== 0) await truncate(this.path, size - (size % RECORD));
    await appendFile(this.path, bytes, { mode: 0o600 });
    if (size + bytes.length > this.#maxBytes) await this.#replace(thinOlderHalf);
  }

  async #rewrite(change: (bytes: Buffer) => Buffer): Promise<void> {
    await this.flush();
    this.#writing = this.#writing.then(() => this.#replace(change)).catch(() => {});
    await this.#writing;
  }

  async #replace(change: (bytes: Buffer) => Buffer): Promise<void> {
    const made = `${this.path}.new`;
    try {
      await writeFile(made, change(await readFile(this.path)), { mode: 0o600 });
    } catch (error) {
      // On a full disk half of it would take what room there is.
      await rm(made, { force: true });
      throw error;
    }
    // Odd while nobody can say which of the two a reader opens.
    this.#edition++;
    await rename(made, this.path).finally(() => this.#edition++);
  }
}

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

function* sizesIn(bytes: Buffer): Generator<SizeChange> {
  for (let at = RECORD; at + RECORD <= bytes.length; at += RECORD) {
    if (!isSize(bytes, at)) continue;
    for (const { ms, offset, size } of recordsOf(bytes.subarray(at - RECORD, at + RECORD))) if (size !== undefined) yield { ms, offset, size };
  }
}
