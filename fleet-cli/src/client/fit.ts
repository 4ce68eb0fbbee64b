// Where a launch goes when it says what it needs instead of where.
import type { NodeRecord } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import type { Wish } from "./types.ts";

/** The least loaded live node that has the labels and enough free GPUs. @param random ties are broken by it. @throws FleetError `no-fitting-node` */
export function bestNode(nodes: readonly NodeRecord[], { labels, gpus }: Wish, random: () => number): NodeRecord {
  const wanted = Object.entries(labels);
  const fitting = nodes.filter((node) => node.state === "live" && !node.draining && wanted.every(([key, value]) => node.labels[key] === value) && node.resources.gpus.filter(({ free }) => free).length >= gpus);
  const lowest = Math.min(...fitting.map(loadOf));
  const best = fitting.filter((node) => loadOf(node) <= lowest + 0.01);
  const chosen = best[Math.floor(random() * best.length)];
  if (chosen !== undefined) return chosen;
  const wish = [...wanted.map(([key, value]) => `${key}=${value}`), ...(gpus > 0 ? [`${gpus} free GPUs`] : [])].join(" and ");
  throw new FleetError("no-fitting-node", `none of ${nodes.length === 1 ? "1 node" : `${nodes.length} nodes`} is live, not draining and has ${wish}`);
}

/** Load per CPU: what makes machines of different sizes comparable. */
const loadOf = ({ load, resources }: NodeRecord): number => load / Math.max(1, resources.cpus);
