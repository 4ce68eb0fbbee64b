// Who is asked to take a launch, in which order. The same for a registry with ten thousand rows and for a handful of nodes
// that answered a scatter.
import type { NodeRecord } from "../domain/index.ts";
import { FleetError } from "../errors/index.ts";
import { lackOf } from "./fits.ts";
import { reasonsOf, scoreOf } from "./score.ts";
import type { PlaceWish } from "./wish.ts";

export interface Candidate {
  readonly node: NodeRecord;
  /** From 0 to 1. */
  readonly score: number;
  /** What it is made of, in words. */
  readonly reasons: readonly string[];
}

export interface Placement {
  /** Best first; of those nearly as good as the best the order is drawn by lot. */
  readonly candidates: readonly Candidate[];
  /** How many fit altogether, those left out of `candidates` with them. */
  readonly fitting: number;
  /** How many nodes were looked at. */
  readonly total: number;
  /** What the others lack, and how many of them do. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Some of them by name. */
  readonly refused: readonly { readonly node: NodeRecord; readonly lack: string }[];
}

/** Rows are seconds old: what differs by less than this is the same, and a burst of launches spreads over it. */
const NEAR = 0.08;

/**
 * @param limit most candidates answered
 * @param random draws among equals, from 0 to 1
 * @param refusedLimit most refused ones answered by name
 */
export function place(nodes: Iterable<NodeRecord>, wish: PlaceWish, { limit, random, refusedLimit = 0 }: { limit: number; random: () => number; refusedLimit?: number }): Placement {
  const fitting: Omit<Candidate, "reasons">[] = [];
  const rejected: Record<string, number> = {};
  const refused: { node: NodeRecord; lack: string }[] = [];
  let total = 0;
  for (const node of nodes) {
    total++;
    const lack = lackOf(node, wish);
    if (lack === undefined) fitting.push({ node, score: scoreOf(node, wish) });
    else {
      rejected[lack] = (rejected[lack] ?? 0) + 1;
      if (refused.length < refusedLimit) refused.push({ node, lack });
    }
  }
  fitting.sort((a, b) => b.score - a.score);
  const best = fitting[0]?.score ?? 0;
  const near = fitting.findIndex(({ score }) => score < best - NEAR);
  const candidates = shuffled(fitting, near < 0 ? fitting.length : near, random).slice(0, limit).map(({ node, score }) => ({ node, score, reasons: reasonsOf(node, wish) }));
  return { candidates, fitting: fitting.length, total, rejected, refused };
}

/** The first `count` in a random order. */
function shuffled<T>(items: T[], count: number, random: () => number): T[] {
  for (let at = 0; at < count - 1; at++) {
    const other = at + Math.min(count - at - 1, Math.floor(random() * (count - at)));
    [items[at], items[other]] = [items[other] as T, items[at] as T];
  }
  return items;
}

/** Nobody fits: how many lack what. */
export function noFittingNode({ total, rejected }: Pick<Placement, "total" | "rejected">): FleetError {
  const lacks = Object.entries(rejected).toSorted(([, a], [, b]) => b - a).map(([lack, count]) => `${lack} (${count})`);
  if (total === 0) return new FleetError("no-fitting-node", "there is no node to choose from");
  const shown = [...lacks.slice(0, 5), ...(lacks.length > 5 ? ["…"] : [])];
  return new FleetError("no-fitting-node", `none of ${total === 1 ? "1 node" : `${total} nodes`} fits: ${shown.join(", ")}`);
}
