// How often nodes beat. A small fleet's every 10 s; in a big one so seldom that whoever listens hears about 300 beats a second.
const SHORTEST_MS = 10_000;
const LONGEST_MS = 60_000;
const BEATS_PER_SECOND = 300;

/** A node's period until its registry gives it another one, milliseconds. */
export const BEAT_MS = SHORTEST_MS;

/** The period for a fleet of so many nodes, whole milliseconds: 10 s up to 3,000 nodes, 33 s for 10,000, at most a minute. */
export function beatPeriodFor(nodes: number): number {
  return beatPeriodWithin(Math.ceil((nodes * 1_000) / BEATS_PER_SECOND));
}

/** What a node says of its own period, kept within what a registry gives: none calls itself live for a day. */
export function beatPeriodWithin(beatMs: number): number {
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, beatMs));
}
