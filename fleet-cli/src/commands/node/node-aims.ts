// The nodes that a command names or selects.
import { FleetError } from "@fleetwire/shared/errors";
import { NodeName } from "@fleetwire/shared/ids";
import type { Condition } from "@fleetwire/shared/placement";
import type { Aim, Place } from "../../client/index.ts";
import type { Context } from "../command.ts";
import { checked } from "../flags.ts";

export interface NodeAims {
  readonly aims: readonly (Aim & { readonly place: Place })[];
  /** One node was named: the command is about this one. */
  readonly single: boolean;
}

/** @throws FleetError `usage` for both or neither; `unknown-node`, before anything has happened to another */
export async function nodeAims({ client, output, args, flags }: Pick<Context, "client" | "output"> & { readonly args: readonly string[]; readonly flags: { readonly where: readonly Condition[]; readonly "all-nodes": boolean } }): Promise<NodeAims> {
  const selects = flags.where.length > 0 || flags["all-nodes"];
  if (selects && args.length > 0) throw new FleetError("usage", "name nodes, or select them with --where or --all-nodes; not both");
  if (!selects) {
    const names = [...new Set(args)].map((name) => checked(NodeName)(name, "NODE"));
    const aims = await Promise.all(names.map(async (name) => ({ target: name as string, node: name as string, place: await client.node(name) })));
    return { aims, single: aims.length === 1 };
  }
  const { nodes, notes } = await client.select({ nodes: { where: flags.where, all: true } });
  for (const note of notes) output.note(note);
  return { aims: nodes.map(({ node, place }) => ({ target: node.name as string, node: node.name as string, place })), single: false };
}
