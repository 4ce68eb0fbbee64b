// What a client may offer while a person types an argument of a resource or a prompt.
import type { AllowedFleet } from "./allowed-fleet.ts";

/** The protocol's own limit. */
const MOST = 100;

/** @param argument its name: `target`, `node` and `tag` are known */
export async function complete(fleet: AllowedFleet, argument: string, typed: string): Promise<{ values: string[]; total: number; hasMore: boolean }> {
  const all = await offers(fleet, argument);
  const fitting = [...new Set(all)].filter((offer) => offer.startsWith(typed)).toSorted();
  return { values: fitting.slice(0, MOST), total: fitting.length, hasMore: fitting.length > MOST };
}

async function offers(fleet: AllowedFleet, argument: string): Promise<string[]> {
  if (argument === "node") return (await fleet.nodes()).nodes.map(({ name }) => name);
  if (argument !== "target" && argument !== "tag") return [];
  const { sessions } = await fleet.sessions({});
  if (argument === "tag") return sessions.flatMap(({ tags }) => tags);
  return sessions.flatMap(({ target, node, name }) => (name === null ? [target] : [target, `${node}:${name}`]));
}
