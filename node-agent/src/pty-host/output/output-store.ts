// What a session printed: the newest bytes in memory, the rest in its log, one offset for both (D1). Viewers are cursors
// into it and own no queue; how many there are and how slow they are costs the session nothing (D4).
import { setTimeout as sleep } from "node:timers/promises";
import type { LogPart } from "../log/segment-files.ts";
import type { SegmentLog } from "../log/segment-log.ts";
import { FloodMeter } from "./flood-meter.ts";

/** Newest bytes kept in memory for viewers that keep up. */
const RING_BYTES = 2 * 1024 * 1024;
/** The same while nobody watches: a thousand quiet sessions cost little. */
const RING_BYTES_ALONE = 64 * 1024;
/** The same while the log can't be written: the picture of the screen is then drawn from memory. */
const RING_BYTES_UNLOGGED = 512 * 1024;
/** More than this waiting for the disk: the terminal is read no further until it is less. */
export const LOG_BEHIND = 8 * 1024 * 1024;

/** A disk that hangs is waited for so long, milliseconds. */
const DISK_MS = 1_000;

interface Chunk {
  readonly offset: number;
  readonly bytes: Buffer;
}

export class OutputStore {
  readonly log: SegmentLog;
  readonly #flood = new FloodMeter();
  readonly #chunks: Chunk[] = [];
  /** Index of the first live chunk: shifting an array for each is what would cost. */
  #first = 0;
  #held = 0;
  readonly #listeners = new Set<() => void>();
  #ended = false;

  constructor(log: SegmentLog) {
    this.log = log;
  }

  /** Offset after the last byte printed. */
  get end(): number {
    return this.log.end;
  }

  /** First offset that can still be had. */
  get start(): number {
    return Math.min(this.log.start, this.#memoryStart);
  }

  /** No more will be printed. */
  get ended(): boolean {
    return this.#ended;
  }

  /** More is printed than anybody reads along with. */
  get isFlood(): boolean {
    return this.#flood.isFlood(performance.now());
  }

  /** Everything printed is in files, or waits for a disk that fails or hangs. */
  async written(): Promise<void> {
    await Promise.race([this.log.flush(), sleep(DISK_MS, undefined, { ref: false })]);
  }

  finish(): void {
    this.#ended = true;
    for (const listener of this.#listeners) listener();
  }

  /** @param kept called before any listener is told */
  append(bytes: Buffer, kept?: () => void): void {
    this.#chunks.push({ offset: this.log.end, bytes });
    this.#held += bytes.length;
    this.#flood.printed(bytes.length, performance.now());
    this.log.append(bytes);
    this.#trim();
    kept?.();
    for (const listener of this.#listeners) listener();
  }

  /** @param listener after each append and at the end @returns ends the listening */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A view of up to `max` bytes at `offset`, when memory has them. */
  peek(offset: number, max: number): Buffer | undefined {
    const chunk = this.#chunkAt(offset);
    if (chunk === undefined) return undefined;
    const from = offset - chunk.offset;
    return chunk.bytes.subarray(from, Math.min(chunk.bytes.length, from + max));
  }

  /** Up to `max` bytes at or after `offset`, from memory or disk; undefined at the end. */
  async read(offset: number, max: number): Promise<LogPart | undefined> {
    if (offset >= this.end) return undefined;
    const inMemory = this.peek(offset, max);
    if (inMemory !== undefined) return { offset, bytes: inMemory };
    const part = await this.log.read(offset, max);
    if (part !== undefined) return part;
    // Between disk and memory there may be a hole: bytes that the disk could not take.
    const next = this.#memoryStart;
    const bytes = this.peek(Math.max(next, offset), max);
    return bytes === undefined ? undefined : { offset: Math.max(next, offset), bytes, ...(next > offset ? { missing: "disk" as const } : {}) };
  }

  /** All bytes from `offset` on that memory has, for a reader that has the rest from files. */
  tail(offset: number): Chunk {
    const from = Math.min(this.end, Math.max(offset, this.#memoryStart));
    const parts: Buffer[] = [];
    for (let at = from; at < this.end; ) {
      const bytes = this.peek(at, Number.MAX_SAFE_INTEGER);
      if (bytes === undefined) break;
      parts.push(bytes);
      at += bytes.length;
    }
    return { offset: from, bytes: Buffer.concat(parts) };
  }

  get #memoryStart(): number {
    return this.#chunks[this.#first]?.offset ?? this.log.end;
  }

  #chunkAt(offset: number): Chunk | undefined {
    let low = this.#first;
    let high = this.#chunks.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const chunk = this.#chunks[middle] as Chunk;
      if (offset < chunk.offset) high = middle - 1;
      else if (offset >= chunk.offset + chunk.bytes.length) low = middle + 1;
      else return chunk;
    }
    return undefined;
  }

  /** What isn't on disk yet and isn't given up stays. */
  #trim(): void {
    const most = this.#listeners.size > 0 ? RING_BYTES : this.log.failure === undefined ? RING_BYTES_ALONE : RING_BYTES_UNLOGGED;
    while (this.#held > most && this.#first < this.#chunks.length - 1) {
      const chunk = this.#chunks[this.#first] as Chunk;
      if (chunk.offset + chunk.bytes.length > this.log.flushed) break;
      this.#held -= chunk.bytes.length;
      this.#first++;
    }
    if (this.#first > 1024 || this.#first * 2 > this.#chunks.length) {
      this.#chunks.splice(0, this.#first);
      this.#first = 0;
    }
  }
}
