// Which node is asked about one's messages: this machine's own, or where there is none, the one that was named.
import { FleetError } from "@fleetwire/shared/errors";
import { NodeName } from "@fleetwire/shared/ids";
import type { FleetClient, Place } from "../../client/index.ts";
import { checked, value, type FlagValues } from "../flags.ts";

export const NODE_FLAG = {
  "node": value("NODE", "ask that node instead of this machine's", checked(NodeName), { offers: "nodes" }),
} as const;

/** Undefined: the usual one, this machine's. @throws FleetError `needs-flag` on a machine without a node */
export async function mailPlace(client: FleetClient, { node }: FlagValues<typeof NODE_FLAG>): Promise<Place | undefined> {
  if (node !== undefined) return client.node(node);
  if ((await client.ownNode()) !== "none") return undefined;
  throw new FleetError("needs-flag", "this machine has no node that could keep messages: say --node NODE", { hint: "an answer to what you sent to a node's session is in your mailbox on that node; 'fleet up' makes this machine a node" });
}
