// A row of the table of promises: what it measures, and how.
import type { Entry } from "../harness/report.ts";
import type { Workplace } from "../harness/workplace.ts";

export interface Options {
  /** A tenth of the time, and figures that are a first look. */
  readonly quick: boolean;
  /** The counts that need a big machine: 10,000 nodes. */
  readonly full: boolean;
}

export interface RowContext extends Options {
  readonly workplace: Workplace;
  /** `quick` or `usual`, as the run is. */
  readonly pick: <T>(usual: T, quick: T) => T;
}

export interface Row {
  readonly id: string;
  readonly title: string;
  run(context: RowContext): Promise<Entry[]>;
}
