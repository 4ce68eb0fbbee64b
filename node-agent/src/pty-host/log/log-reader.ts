// A log's bytes by its directory alone, for a reader on a thread of its own that has no part in writing it. It blocks: a
// thread that only reads and computes loses nothing by that, and a file that is open already costs one call a piece.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { fileName, segmentStarts } from "./segment-files.ts";

export class LogReader implements Disposable {
  readonly #directory: string;
  #open: { readonly fd: number; readonly start: number } | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Up to `max` bytes at `offset`, or at the first offset after it that a file has; undefined when none has. Files of which
   * nothing can be read (removed, another user's) are passed over.
   */
  read(offset: number, max: number): { readonly offset: number; readonly bytes: Buffer } | undefined {
    const bytes = Buffer.allocUnsafe(max);
    const length = this.#readOpen(offset, bytes);
    if (length > 0) return { offset, bytes: bytes.subarray(0, length) };
    const starts = segmentStarts(this.#directory);
    for (const [index, start] of starts.entries()) {
      if ((starts[index + 1] ?? Number.POSITIVE_INFINITY) <= offset || !this.#openSegment(start)) continue;
      const from = Math.max(offset, start);
      const read = this.#readOpen(from, bytes);
      if (read > 0) return { offset: from, bytes: bytes.subarray(0, read) };
    }
    return undefined;
  }

  [Symbol.dispose](): void {
    if (this.#open !== undefined) closeSync(this.#open.fd);
    this.#open = undefined;
  }

  #readOpen(offset: number, bytes: Buffer): number {
    if (this.#open === undefined || offset < this.#open.start) return 0;
    try {
      return readSync(this.#open.fd, bytes, 0, bytes.length, offset - this.#open.start);
    } catch {
      return 0;
    }
  }

  #openSegment(start: number): boolean {
    if (this.#open?.start === start && fstatSync(this.#open.fd).nlink > 0) return true;
    this[Symbol.dispose]();
    try {
      this.#open = { fd: openSync(join(this.#directory, fileName(start)), "r"), start };
      return true;
    } catch {
      return false;
    }
  }
}
