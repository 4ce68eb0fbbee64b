// A session's output on disk: segment files named by the offset of their first byte, the oldest removed when the newest
// `keepBytes` are safe without it. Writing is asynchronous and in order. When the disk fails the bytes that could not be
// kept are a hole between two segments, said and not hidden, and the next bytes are tried again.
import { mkdirSync, statSync } from "node:fs";
import { open, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { fileName, segmentStarts } from "./segment-files.ts";

const RETRY_MS = 1_000;
/** More than this waiting is load, bytes. */
const BUSY = 64 * 1024;
const LOOK_MS = 200;
/** A little output waits so long for more before it is written, milliseconds. */
const GATHER_MS = 40;

interface Segment {
  readonly start: number;
  end: number;
}

export interface LogPart {
  /** Where the bytes are from; greater than what was asked for when what is before it is gone. */
  readonly offset: number;
  readonly bytes: Buffer;
  /** Why bytes before `offset` are missing. */
  readonly missing?: "rotated" | "disk";
}

export class SegmentLog {
  readonly directory: string;
  readonly #keepBytes: number;
  readonly #segmentBytes: number;
  readonly #segments: Segment[];
  #file: FileHandle | undefined;
  #queue: Buffer[] = [];
  #queueStart: number;
  #end: number;
  #writing: Promise<void> | undefined;
  #gathering: NodeJS.Timeout | undefined;
  #failedAt = 0;
  #failure: string | undefined;
  #onChange: (() => void) | undefined;
  #keepFrom: () => number = () => Number.POSITIVE_INFINITY;
  #lostUntil = 0;
  #lookedAt = 0;

  /** @param keepBytes newest bytes that are kept; a segment more may be there */
  constructor(directory: string, keepBytes: number) {
    this.directory = directory;
    this.#keepBytes = keepBytes;
    this.#segmentBytes = Math.max(64 * 1024, Math.min(16 * 1024 * 1024, Math.floor(keepBytes / 4)));
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#segments = readSegments(directory);
    this.#end = this.#segments.at(-1)?.end ?? 0;
    this.#queueStart = this.#end;
  }

  /** First offset that is still there. */
  get start(): number {
    return this.#segments[0]?.start ?? this.#end;
  }

  /** Offset after the last byte given to the log. */
  get end(): number {
    return this.#end;
  }

  /** Offset after the last byte that is in a file (or was given up). */
  get flushed(): number {
    return this.#queueStart;
  }

  /** Bytes that wait to be written. */
  get waiting(): number {
    return this.#end - this.#queueStart;
  }

  /** Why the log can't be written now; undefined when it can. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Offset after the last byte that was given up because the disk did not take it; 0: none was. */
  get lostUntil(): number {
    return this.#lostUntil;
  }

  /** @param offset what is at or after it is not removed yet, although it is old enough: somebody still has to read it */
  keepFrom(offset: () => number): void {
    this.#keepFrom = offset;
  }

  /** Removes what may be removed by now. */
  tidy(): void {
    if (this.#oldestIsSpare()) this.#run();
  }

  /** @param listener after bytes were written or given up, and when the disk fails or recovers */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  append(bytes: Buffer): void {
    this.#queue.push(bytes);
    this.#end += bytes.length;
    // A write for each key would be in the way of its echo.
    if (this.waiting >= BUSY) this.#run();
    else this.#gathering ??= setTimeout(() => this.#run(), GATHER_MS);
  }

  #run(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
      if (this.#queue.length > 0) this.#run();
    });
  }

  /** Everything given so far is in a file or given up. */
  async flush(): Promise<void> {
    if (this.#gathering !== undefined) this.#run();
    while (this.#writing !== undefined) await this.#writing;
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#file?.close().catch(() => {});
    this.#file = undefined;
  }

  /** Up to `max` bytes from `offset` on that are in files; undefined when there are none at or after it. */
  async read(offset: number, max: number): Promise<LogPart | undefined> {
    const part = await readPart(this.directory, this.#segments, offset, max);
    for (const segment of part.gone) this.#forget(segment);
    return part.found;
  }

  async #write(): Promise<void> {
    while (this.#queue.length > 0) {
      if (this.#failure !== undefined && performance.now() - this.#failedAt < RETRY_MS) {
        this.#giveUp();
        return;
      }
      const batch = this.#queue;
      this.#queue = [];
      try {
        const file = await this.#current();
        const bytes = batch.length === 1 ? (batch[0] as Buffer) : Buffer.concat(batch);
        await writeAll(file, bytes);
        this.#queueStart += bytes.length;
        (this.#segments.at(-1) as Segment).end = this.#queueStart;
        this.#failure = undefined;
        await this.#closeFull();
      } catch (error) {
        this.#failure = (error as Error).message;
        this.#failedAt = performance.now();
        this.#queue.unshift(...batch);
        await this.#file?.close().catch(() => {});
        this.#file = undefined;
        this.#giveUp();
      }
      this.#onChange?.();
    }
    await this.#dropOldest();
  }

  #giveUp(): void {
    const lost = this.#queue.reduce((sum, { length }) => sum + length, 0);
    this.#queue = [];
    this.#queueStart += lost;
    this.#lostUntil = this.#queueStart;
    this.#onChange?.();
  }

  /** The file that takes the next bytes; a new segment after a hole, a rotation or a restart. */
  async #current(): Promise<FileHandle> {
    const last = this.#segments.at(-1);
    if (this.#file !== undefined && last !== undefined && last.end === this.#queueStart) {
      const now = performance.now();
      // Under load once in a while: a look costs as much as a write.
      if (this.waiting > BUSY && now - this.#lookedAt < LOOK_MS) return this.#file;
      this.#lookedAt = now;
      if (await stillThere(this.#file)) return this.#file;
      // Somebody removed it: what it took is lost.
      this.#lostUntil = this.#queueStart;
    }
    await this.#file?.close().catch(() => {});
    this.#file = undefined;
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    this.#file = await open(join(this.directory, fileName(this.#queueStart)), "a", 0o600);
    if (this.#segments.at(-1)?.start !== this.#queueStart) this.#segments.push({ start: this.#queueStart, end: this.#queueStart });
    return this.#file;
  }

  async #closeFull(): Promise<void> {
    const last = this.#segments.at(-1) as Segment;
    if (last.end - last.start < this.#segmentBytes) return;
    await this.#file?.close().catch(() => {});
    this.#file = undefined;
    this.#segments.push({ start: last.end, end: last.end });
    await this.#dropOldest();
  }

  async #dropOldest(): Promise<void> {
    while (this.#oldestIsSpare()) {
      const oldest = this.#segments.shift() as Segment;
      await rm(join(this.directory, fileName(oldest.start)), { force: true }).catch(() => {});
      this.#onChange?.();
    }
  }

  #oldestIsSpare(): boolean {
    const second = this.#segments[1];
    return second !== undefined && this.#end - second.start >= this.#keepBytes && second.start <= this.#keepFrom();
  }

  #forget(segment: Segment): void {
    const index = this.#segments.indexOf(segment);
    if (index >= 0 && segment.end <= this.#queueStart) this.#segments.splice(index, 1);
  }
}

/** @returns also the segments that should have had bytes and have none any more */
async function readPart(directory: string, segments: readonly Segment[], offset: number, max: number): Promise<{ found: LogPart | undefined; gone: Segment[] }> {
  const gone: Segment[] = [];
  for (const segment of segments.filter(({ start, end }) => end > offset && end > start)) {
    const from = Math.max(offset, segment.start);
    const buffer = Buffer.allocUnsafe(Math.min(max, segment.end - from));
    const read = await readAt(join(directory, fileName(segment.start)), buffer, from - segment.start);
    if (read > 0) {
      const why = gone.length === 0 && segment.start === segments[0]?.start ? ("rotated" as const) : ("disk" as const);
      return { found: { offset: from, bytes: buffer.subarray(0, read), ...(from === offset ? {} : { missing: why }) }, gone };
    }
    // The file is gone or shorter than it was: what it had is lost, what comes after is not.
    gone.push(segment);
  }
  return { found: undefined, gone };
}

function readSegments(directory: string): Segment[] {
  return segmentStarts(directory)
    .map((start) => ({ start, end: start + (statSync(join(directory, fileName(start)), { throwIfNoEntry: false })?.size ?? 0) }))
    .filter(({ start, end }) => end > start);
}

async function readAt(path: string, buffer: Buffer, position: number): Promise<number> {
  try {
    await using file = await open(path, "r");
    return (await file.read(buffer, 0, buffer.length, position)).bytesRead;
  } catch {
    return 0;
  }
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done)).bytesWritten;
}

/** A removed file takes bytes and keeps them from everybody. */
async function stillThere(file: FileHandle): Promise<boolean> {
  return (await file.stat()).nlink > 0;
}
