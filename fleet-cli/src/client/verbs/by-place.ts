// Several targets, one request to each of their nodes.
import type { Ref } from "@fleetwire/shared/bus";
import type { FleetClient, Place } from "../types.ts";

export interface PlaceOfSessions {
  readonly place: Place;
  readonly sessions: Ref[];
}

/** @throws FleetError when one of them can't be found: then nothing has happened to the others */
export async function byPlace(client: FleetClient, targets: readonly string[]): Promise<PlaceOfSessions[]> {
  const groups = new Map<string, PlaceOfSessions>();
  for (const target of new Set(targets)) {
    const { place, session } = await client.resolve(target);
    const key = place.kind === "fleet" ? place.node.key : place.kind;
    const group = groups.get(key) ?? { place, sessions: [] };
    group.sessions.push(session);
    groups.set(key, group);
  }
  return [...groups.values()];
}
