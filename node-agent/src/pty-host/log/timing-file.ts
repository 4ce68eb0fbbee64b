// Reading `timing.idx` in place: a place in it is found by halving, and no more of it is read than is asked for.
import { open, type FileHandle } from "node:fs/promises";
import { RECORD, recordsOf, type TimingRecord } from "./timing-record.ts";

/** So few records are read at once instead of halved further. */
const BLOCK = 256;

export class TimingFile implements AsyncDisposable {
  readonly #file: FileHandle;
  /** Records in it when it was opened. */
  readonly count: number;

  private constructor(file: FileHandle, count: number) {
    this.#file = file;
    this.count = count;
  }

  /** @returns undefined when there is none, or it can't be read */
  static async open(path: string): Promise<TimingFile | undefined> {
    const file = await open(path, "r").catch(() => undefined);
    if (file === undefined) return undefined;
    const { size } = await file.stat();
    return new TimingFile(file, Math.floor(size / RECORD));
  }

  /** Up to `most` records from number `from` on. */
  async read(from: number, most: number): Promise<TimingRecord[]> {
    // One more, before: where a size belongs is said there.
    const first = Math.max(0, from - 1);
    const buffer = Buffer.alloc(Math.max(0, Math.min(from + most, this.count) - first) * RECORD);
    const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, first * RECORD);
    return [...recordsOf(buffer.subarray(0, bytesRead))].slice(from - first);
  }

  /** Number of the first record that is not `before`; `count` when all are. */
  async find(before: (record: TimingRecord) => boolean): Promise<number> {
    let low = 0;
    let high = this.count;
    while (high - low > BLOCK) {
      const middle = (low + high) >> 1;
      const [record] = await this.read(middle, 1);
      if (record !== undefined && before(record)) low = middle + 1;
      else high = middle;
    }
    const rest = await this.read(low, high - low);
    const found = rest.findIndex((record) => !before(record));
    return low + (found < 0 ? rest.length : found);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
