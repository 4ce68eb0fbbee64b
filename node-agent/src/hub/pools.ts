// A new pool: signing keys for the roles that are cut by it, taken up by the running server.
import type { PoolName } from "@fleetwire/shared/ids";
import { changeTrust, writePrivateFile, type Signers } from "../registry/index.ts";
import { updateAccount, type HubPlace } from "./account-update.ts";
import { extendSigners } from "./accounts.ts";
import type { HubFile } from "./layout.ts";

/** @returns the hub with the pool, and its keys */
export async function addPool(place: HubPlace, signers: Signers, pool: PoolName, now: number): Promise<{ hub: HubFile; signers: Signers }> {
  const { files } = place;
  const hub = { ...place.hub, pools: [...place.hub.pools, pool] };
  const extended = extendSigners(signers, hub.pools);
  await updateAccount({ ...place, hub }, extended);
  changeTrust(files.directory, {}, now);
  writePrivateFile(files.hub, JSON.stringify(hub, null, 2));
  return { hub, signers: extended };
}
