// One line of the table: a measured promise, its peers, and whether the bar is reached.
import type { Figure } from "./statistics.ts";

export type Bar =
  /** Ours against a peer of the same run. */
  | { readonly kind: "ratio"; readonly of: string; readonly atLeast: number }
  | { readonly kind: "ratio"; readonly of: string; readonly atMost: number }
  /** An absolute limit, in the line's unit. */
  | { readonly kind: "limit"; readonly atMost: number };

export interface Line {
  readonly row: string;
  readonly what: string;
  readonly unit: string;
  readonly ours: Figure;
  readonly peers: readonly Figure[];
  readonly bars: readonly Bar[];
  readonly note?: string;
}

/** A row, or a part of it, that could not be measured here. */
export interface Skipped {
  readonly row: string;
  readonly what: string;
  readonly skipped: string;
}

export interface Verdict {
  readonly bar: string;
  readonly met: boolean;
  /** Ours divided by the peer; undefined for an absolute limit. */
  readonly ratio?: number;
  /** How much of the bar is reached: 1 is exactly there, more is better. */
  readonly reached: number;
  readonly text: string;
}

/** @throws Error when the bar names a peer that the line doesn't have */
export function judge(line: Line, bar: Bar): Verdict {
  if (bar.kind === "limit") {
    const reached = line.ours.value <= 0 ? Infinity : bar.atMost / line.ours.value;
    return verdict(`≤ ${bar.atMost} ${line.unit}`, reached);
  }
  const peer = line.peers.find(({ name }) => name === bar.of);
  if (peer === undefined) throw new Error(`${line.row}: no peer '${bar.of}'`);
  const ratio = line.ours.value / peer.value;
  return "atLeast" in bar ? { ...verdict(`≥ ${bar.atLeast} × ${bar.of}`, ratio / bar.atLeast), ratio } : { ...verdict(`≤ ${bar.atMost} × ${bar.of}`, bar.atMost / ratio), ratio };
}

function verdict(bar: string, reached: number): Verdict {
  const met = reached >= 1;
  return { bar, met, reached, text: met ? "met" : `not met, ${Math.round((1 - reached) * 100)} % short` };
}
