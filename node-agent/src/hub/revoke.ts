// Taking back: the server closes the connection and takes no other, registries refuse, nodes hear it and close attaches.
import type { Issued } from "@fleetwire/shared/bus";
import { changeTrust, readSigners, type TrustState } from "../registry/index.ts";
import { updateAccount, type HubPlace } from "./account-update.ts";
import type { HubDeps } from "./types.ts";

export async function revoke(place: HubPlace, issued: readonly Issued[], deps: Pick<HubDeps, "now" | "onAction">): Promise<void> {
  const now = deps.now();
  // Before the server is told: a push that fails is made up for at the next start of the hub.
  changeTrust(place.files.directory, { revoked: Object.fromEntries(issued.map((one) => [one.id, revocation(one, Math.floor(now / 1000))])) }, now);
  for (const { id, kind: what, role, name } of issued) deps.onAction({ at: now, kind: "revoked", id, what, role, ...(name === null ? {} : { name }) });
  await updateAccount(place, readSigners(place.files.directory));
}

/** @param until seconds since 1970 */
export function revocation({ expiresAt }: Issued, until: number): TrustState["revoked"][string] {
  return { until, expires: expiresAt === null ? null : Math.ceil(Date.parse(expiresAt) / 1000) };
}
