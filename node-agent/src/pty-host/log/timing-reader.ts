// One pass over a timing index that is still being written, and now and then written anew: a few records at a time.
import { TimingFile } from "./timing-file.ts";
import type { TimingIndex } from "./timing-index.ts";
import type { TimingRecord } from "./timing-record.ts";

export class TimingReader {
  readonly #index: TimingIndex;
  readonly #from: number;
  /** Number of the next record in the file as it was when `#edition` was written. */
  #at = 0;
  #edition = -1;
  #last: TimingRecord | undefined;

  /** @param from the first record wanted is one at or after this offset */
  constructor(index: TimingIndex, from: number) {
    this.#index = index;
    this.#from = from;
  }

  /** The next records; fewer than `most`: these are all there are by now. */
  async next(most: number): Promise<TimingRecord[]> {
    for (;;) {
      await this.#index.flush();
      const { edition } = this.#index;
      await using file = await TimingFile.open(this.#index.path);
      if (file === undefined) return [];
      const at = edition === this.#edition ? this.#at : await file.find((record) => this.#isSeen(record));
      const records = await file.read(at, most);
      if (edition !== this.#index.edition) continue;
      this.#edition = edition;
      this.#at = at + records.length;
      this.#last = records.at(-1) ?? this.#last;
      return records;
    }
  }

  #isSeen({ offset, ms }: TimingRecord): boolean {
    const last = this.#last;
    if (last === undefined) return offset < this.#from;
    return offset < last.offset || (offset === last.offset && ms <= last.ms);
  }
}
