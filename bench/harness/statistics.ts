// The few statistics that the table quotes. Samples of a noisy machine: medians, not means.

/** @param p between 0 and 100; linear between the two nearest samples. @throws RangeError without samples */
export function percentile(samples: readonly number[], p: number): number {
  if (samples.length === 0) throw new RangeError("no samples");
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (Math.min(100, Math.max(0, p)) / 100) * (sorted.length - 1);
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 50);
}

/** A quoted value and how far its samples lie apart. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly samples: number;
}

/** Median, smallest and largest of the rounds of one contestant. */
export function figure(name: string, samples: readonly number[]): Figure {
  return { name, value: median(samples), low: Math.min(...samples), high: Math.max(...samples), samples: samples.length };
}
