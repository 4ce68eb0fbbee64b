// Without a registry the nodes that answered are all there is to choose from.
import type { NodeRecord } from "@fleetwire/shared/domain";
import { place, type Placement, type PlaceWish } from "@fleetwire/shared/placement";
import type { CandidatesOptions } from "./types.ts";

/** As many as a registry's page has. */
const CANDIDATES = 10;
const REFUSED = 20;

export function placeAmong(nodes: readonly NodeRecord[], wish: PlaceWish, { without = [], explain = false }: CandidatesOptions): Placement {
  return place(nodes.filter(({ name }) => !without.includes(name)), wish, { limit: CANDIDATES, random: Math.random, refusedLimit: explain ? REFUSED : 0 });
}
