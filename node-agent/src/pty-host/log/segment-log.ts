// A session's output on disk: segment files named by the offset of their first byte, the oldest removed when the newest
// `keepBytes` are safe without it. Writing is asynchronous and in order. While the disk fails the newest bytes wait for it and
// are tried again by a timer, so that a short failure costs nothing and its end is noticed without new output; what is more
// than fits is a hole between two segments, said and not hidden.
import { mkdirSync } from "node:fs";
import { open, rm, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { fileName, readPart, readSegments, type LogPart, type Segment } from "./segment-files.ts";

const RETRY_MS = 1_000;
/** While the disk fails so many of the newest bytes wait for it. */
const HOLD = 64 * 1024;
/** More than this waiting is load, bytes. */
const BUSY = 64 * 1024;
const LOOK_MS = 200;
/** A little output waits so long for more before it is written, milliseconds. */
const GATHER_MS = 40;

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
  #retry: NodeJS.Timeout | undefined;
  #finished = false;
  #rotatedUntil: number;
  #failure: string | undefined;
  #onChange: (() => void) | undefined;
  #keepFrom: () => number = () => Number.POSITIVE_INFINITY;
  #lostUntil = 0;
  #remade = 0;
  #lookedAt = 0;

  /**
   * @param keepBytes newest bytes that are kept; a segment more may be there
   * @param begin offset that was reached already, where it is known: what the files have less of is lost
   */
  constructor(directory: string, keepBytes: number, begin = 0) {
    this.directory = directory;
    this.#keepBytes = keepBytes;
    this.#segmentBytes = Math.max(64 * 1024, Math.min(16 * 1024 * 1024, Math.floor(keepBytes / 4)));
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    } catch (error) {
      // As any later failure: the session runs, and the directory is tried again with the first bytes.
      this.#failure = (error as Error).message;
    }
    this.#segments = readSegments(directory);
    const known = this.#segments.at(-1)?.end ?? 0;
    this.#end = Math.max(known, begin);
    this.#queueStart = this.#end;
    if (this.#end > known) this.#lostUntil = this.#end;
    this.#rotatedUntil = this.#segments[0]?.start ?? 0;
  }

  /** First offset that is still there, in a file or on its way to one. */
  get start(): number {
    return this.#segments[0]?.start ?? this.#queueStart;
  }

  /** Why what is before `start` is missing. */
  get startReason(): "rotated" | "disk" {
    return this.start > this.#rotatedUntil ? "disk" : "rotated";
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

  /** Another number than before: bytes were given up, or the directory had to be made again with nothing else in it. */
  get losses(): number {
    return this.#lostUntil + this.#remade;
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
    if (this.#failure === undefined) this.#soon();
    else if (this.#writing === undefined) this.#wait();
  }

  /** No more will come: the file is closed when everything is in it, which a failing disk may delay. */
  finish(): Promise<void> {
    this.#finished = true;
    this.#run();
    return this.flush();
  }

  /** A write for each key would be in the way of its echo. */
  #soon(): void {
    if (this.waiting >= BUSY) this.#run();
    else this.#gathering ??= setTimeout(() => this.#run(), GATHER_MS);
  }

  #run(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
      if (this.#queue.length > 0 && this.#failure === undefined) this.#run();
    });
  }

  /** Everything given so far is in a file, waits for a disk that fails, or is given up. */
  async flush(): Promise<void> {
    if (this.#gathering !== undefined) this.#run();
    while (this.#writing !== undefined) await this.#writing;
  }

  /** What the disk doesn't take now is given up. */
  async close(): Promise<void> {
    await this.flush();
    if (this.#queue.length > 0) {
      this.#run();
      await this.flush();
    }
    this.#giveUp(this.waiting);
    clearTimeout(this.#retry);
    await this.#closeFile();
  }

  /** Up to `max` bytes from `offset` on that are in files; undefined when there are none at or after it. */
  async read(offset: number, max: number): Promise<LogPart | undefined> {
    const part = await readPart(this.directory, this.#segments, offset, max);
    for (const segment of part.gone) this.#forget(segment);
    if (part.found?.missing === "rotated") return { ...part.found, missing: this.startReason };
    return part.found;
  }

  async #write(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      const bytes = batch.length === 1 ? (batch[0] as Buffer) : Buffer.concat(batch);
      let written = 0;
      try {
        const file = await this.#current();
        while (written < bytes.length) written += (await file.write(bytes, written)).bytesWritten;
        this.#count(written);
        this.#failure = undefined;
        await this.#closeFull();
      } catch (error) {
        // A disk that became full took a part of it.
        this.#count(written);
        this.#queue.unshift(bytes.subarray(written));
        this.#failure = (error as Error).message;
        await this.#closeFile();
        this.#wait();
        this.#onChange?.();
        return;
      }
      this.#onChange?.();
    }
    await this.#dropOldest();
    if (this.#finished) await this.#closeFile();
  }

  #count(written: number): void {
    if (written === 0) return;
    this.#queueStart += written;
    (this.#segments.at(-1) as Segment).end = this.#queueStart;
  }

  /** Until the disk is tried again. */
  #wait(): void {
    this.#giveUp(this.waiting - HOLD);
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.#run();
    }, RETRY_MS).unref();
  }

  /** The oldest bytes that wait. */
  #giveUp(bytes: number): void {
    if (bytes <= 0) return;
    for (let left = bytes; left > 0; ) {
      const first = this.#queue[0] as Buffer;
      const cut = Math.min(left, first.length);
      if (cut === first.length) this.#queue.shift();
      else this.#queue[0] = first.subarray(cut);
      left -= cut;
    }
    this.#queueStart += bytes;
    this.#lostUntil = this.#queueStart;
    this.#onChange?.();
  }

  /** The file that takes the next bytes; a new segment after a hole or a rotation. */
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
    await this.#closeFile();
    if (mkdirSync(this.directory, { recursive: true, mode: 0o700 }) !== undefined) this.#remade++;
    const start = last !== undefined && last.end === this.#queueStart && (await sizeOf(join(this.directory, fileName(last.start)))) === last.end - last.start ? last.start : this.#queueStart;
    this.#file = await open(join(this.directory, fileName(start)), "a", 0o600);
    if (last?.start !== start) this.#segments.push({ start, end: this.#queueStart });
    return this.#file;
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => {});
  }

  async #closeFull(): Promise<void> {
    const last = this.#segments.at(-1) as Segment;
    if (last.end - last.start < this.#segmentBytes) return;
    await this.#closeFile();
    this.#segments.push({ start: last.end, end: last.end });
    await this.#dropOldest();
  }

  async #dropOldest(): Promise<void> {
    while (this.#oldestIsSpare()) {
      const oldest = this.#segments.shift() as Segment;
      this.#rotatedUntil = oldest.end;
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

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(({ size }) => size, () => undefined);
}

/** A removed file takes bytes and keeps them from everybody. */
async function stillThere(file: FileHandle): Promise<boolean> {
  return (await file.stat()).nlink > 0;
}
