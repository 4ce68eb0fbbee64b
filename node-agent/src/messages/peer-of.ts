// Which key a recipient's node has: as the fleet says, or as it was when something last went there.
import { FleetError } from "@fleetwire/shared/errors";
import { NodeName } from "@fleetwire/shared/ids";
import type { Peer } from "../fleet/index.ts";
import type { MessagesDeps } from "./types.ts";

/** @returns undefined when it can't be looked up now. @throws FleetError `unknown-node` */
export async function peerOf({ peers, store, node }: Pick<MessagesDeps, "peers" | "store" | "node">, to: { readonly node: string; readonly key?: string }): Promise<Peer | undefined> {
  const fleet = peers();
  const last = store.outbox.lastKey(to.node);
  const before = last === undefined ? undefined : { name: to.node, ...last };
  if (fleet === undefined && before === undefined && to.key === undefined) throw new FleetError("unknown-node", `'${to.node}' is not this machine's node, and it is in no fleet`, { hint: "'fleet up --join TOKEN' joins one" });
  try {
    const name = NodeName.safeParse(to.node).data;
    const found = name === undefined ? undefined : await fleet?.find(name);
    if (to.key === undefined || found?.key === to.key) return found ?? before;
  } catch (error) {
    const { code } = FleetError.from(error);
    if (code === "unknown-node" && before === undefined && to.key === undefined) throw error;
    if (to.key === undefined) return before;
  }
  // An answer goes to the key that asked, whoever has its name now.
  return { name: to.node, key: to.key, pool: node.record().pool };
}
