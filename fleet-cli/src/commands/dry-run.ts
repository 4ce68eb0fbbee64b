// `fleet launch --dry-run`: where it would go, and why not elsewhere. Nothing is started.
import { nodeGet } from "@fleetwire/shared/bus";
import { noFittingNode, place, type Placement } from "@fleetwire/shared/placement";
import { placementRows, placementTable } from "../ui/index.ts";
import type { Invocation, Outcome } from "./command.ts";
import { fixedPlace, type LAUNCH_FLAGS } from "./launching.ts";
import { wishOf } from "./wishes.ts";

/** @throws FleetError `no-fitting-node`, after the table has been shown on standard error */
export async function explainLaunch(invocation: Invocation<typeof LAUNCH_FLAGS>): Promise<Outcome> {
  const { output } = invocation;
  const placement = await placementOf(invocation);
  const { candidates, fitting, total, rejected } = placement;
  const [first] = candidates;
  if (first === undefined) {
    if (!output.json && total > 0) for (const line of placementTable(placement, output.width).split("\n")) output.note(line);
    throw noFittingNode(placement);
  }
  const hidden = total - candidates.length - placement.refused.length;
  return {
    json: { chosen: first.node.name, fitting, total, rejected, nodes: placementRows(placement) },
    text: `${placementTable(placement, output.width)}${hidden > 0 ? `\n… and ${hidden} more: ${fitting - candidates.length} fit` : ""}\nit would go to ${first.node.name}${near(placement)}`,
    quiet: first.node.name,
  };
}

async function placementOf(invocation: Invocation<typeof LAUNCH_FLAGS>): Promise<Placement> {
  const { client, flags } = invocation;
  const wish = wishOf(flags);
  const fixed = await fixedPlace(invocation);
  if (fixed === undefined) return client.candidates(wish, { explain: true });
  const node = fixed.kind === "fleet" ? fixed.node : await client.call(nodeGet, { fresh: wish.gpus !== undefined }, fixed);
  return place([node], wish, { limit: 1, random: Math.random, refusedLimit: 1 });
}

/** Among equals each launch draws anew. */
function near({ candidates }: Placement): string {
  return candidates.length > 1 ? "; of nodes nearly as good, another launch may draw another" : "";
}
