// Tells the reader of a log when what it gets was printed and how large the terminal was, a few marks at a time, each before
// the bytes it is about.
import type { HostMessage, TimeMark } from "@fleetwire/shared/wire";
import { TimingReader } from "../log/timing-reader.ts";
import type { TimingRecord } from "../log/timing-record.ts";
import type { Session } from "../session/session.ts";

/** Marks in one message: it stays far below the wire's limit. */
const MOST = 512;

export interface MarksDeps {
  readonly session: Session;
  /** Where the reader starts. */
  readonly from: number;
  /** Where it ends; undefined: nowhere yet. */
  readonly until: number | undefined;
  readonly say: (message: HostMessage) => void;
}

export class Marks {
  readonly #deps: MarksDeps;
  readonly #reader: TimingReader;
  #told = -1;
  #begun = false;
  /** Everything that was in the index by then is told. */
  #complete = false;
  #busy: Promise<void> | undefined;

  constructor(deps: MarksDeps) {
    this.#deps = deps;
    this.#reader = new TimingReader(deps.session.timing, deps.from);
  }

  /** Everything about bytes before this offset was told. */
  get told(): number {
    return this.#told;
  }

  get busy(): boolean {
    return this.#busy !== undefined;
  }

  /** Tells some more. */
  async advance(): Promise<void> {
    this.#busy ??= this.#advance().finally(() => (this.#busy = undefined));
    await this.#busy;
  }

  /** Tells what is left, also sizes after the last byte. */
  async finish(): Promise<void> {
    await this.#busy;
    do await this.advance();
    while (!this.#complete);
  }

  async #advance(): Promise<void> {
    const { session, until = Number.POSITIVE_INFINITY, say } = this.#deps;
    const end = session.output.end;
    const records = await this.#reader.next(MOST);
    const marks = [...(this.#begun ? [] : [await this.#first(records)]), ...marksOf(records.filter(({ offset }) => offset <= until))];
    this.#begun = true;
    if (marks.length > 0) say({ type: "timing", marks });
    const last = records.at(-1);
    this.#complete = records.length < MOST || (last !== undefined && last.offset > until);
    this.#told = this.#complete || last === undefined ? end : last.offset;
  }

  /** What holds where the reader starts. */
  async #first(records: readonly TimingRecord[]): Promise<TimeMark> {
    const { session, from } = this.#deps;
    const before = await session.timing.before(from);
    const at = records.find(({ offset }) => offset === from)?.ms ?? before.ms ?? session.startedAt;
    const { cols, rows } = before.size ?? records.find(({ size }) => size !== undefined)?.size ?? session.size;
    return [from, at, cols, rows];
  }
}

/** A size says its time itself. */
function marksOf(records: readonly TimingRecord[]): TimeMark[] {
  return records
    .filter((record, index) => record.size !== undefined || records[index + 1]?.size === undefined)
    .map(({ offset, ms, size }) => (size === undefined ? [offset, ms] : [offset, ms, size.cols, size.rows]));
}
