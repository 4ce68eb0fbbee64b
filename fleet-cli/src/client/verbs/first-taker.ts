// A launch that says what it needs is offered to one node after the other, until one takes it. Only a refusal moves it on: after
// silence nobody knows whether it runs, and it is never started a second time.
import type { NodeRecord } from "@fleetwire/shared/domain";
import { FleetError, type ErrorCode } from "@fleetwire/shared/errors";
import { noFittingNode, type PlaceWish } from "@fleetwire/shared/placement";
import type { FleetClient, Place } from "../types.ts";

/** A node that answers so has not begun, and what it lacks. */
const REFUSALS: Partial<Record<ErrorCode, string>> = {
  "no-free-gpu": "no free GPU any more",
  "draining": "draining",
  "no-room": "at its limit of sessions",
  "node-unreachable": "not connected",
  "untrusted-caller": "open to nobody without a role",
};

/** Pages of candidates that are tried. */
const ROUNDS = 3;

/**
 * @param offer asks one node; each offer is an operation of its own
 * @returns what the first node that took it answered
 * @throws FleetError `no-fitting-node`; the refusal, when only one node fitted; whatever else a node says
 */
export async function firstTaker<T>(client: Pick<FleetClient, "candidates" | "placeOf">, wish: PlaceWish, offer: (place: Place) => Promise<T>): Promise<{ answer: T; place: Place }> {
  const tried: NodeRecord["name"][] = [];
  const refused: Record<string, number> = {};
  let last: FleetError | undefined;
  for (let round = 0; ; round++) {
    const { candidates, fitting, rejected, total } = await client.candidates(wish, { without: tried });
    for (const { node } of candidates) {
      const place = await client.placeOf(node);
      try {
        return { answer: await offer(place), place };
      } catch (error) {
        const lack = error instanceof FleetError ? REFUSALS[error.code] : undefined;
        if (lack === undefined) throw error;
        last = error as FleetError;
        tried.push(node.name);
        refused[lack] = (refused[lack] ?? 0) + 1;
      }
    }
    if (candidates.length < fitting && round + 1 < ROUNDS) continue;
    if (tried.length === 1 && total === 1 && last !== undefined) throw last;
    const unasked = fitting - candidates.length;
    throw noFittingNode({ total: total + tried.length - candidates.length, rejected: { ...merged(rejected, refused), ...(unasked > 0 ? { "not asked after all these": unasked } : {}) } });
  }
}

function merged(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries([...new Set([...Object.keys(a), ...Object.keys(b)])].map((key) => [key, (a[key] ?? 0) + (b[key] ?? 0)]));
}
