// A node that is still believed gets its next credential: signed by today's key, as long as the one before was.
import type { fleetRenew, OutputOf } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { UserClaims } from "@fleetwire/shared/keys";
import { issueAtDesk, type Desk } from "./issue.ts";

/**
 * @param claims of the credential that is still good, judged already
 * @throws FleetError `unknown-credential`: whoever stole a signing key could sign himself one, but is not in the register
 */
export async function renew(desk: Desk, claims: UserClaims): Promise<OutputOf<typeof fleetRenew>> {
  const known = desk.credential(claims.sub);
  if (known?.role !== "node") throw new FleetError("unknown-credential", "this hub gave no such credential to this node", { hint: "join again with a new token: 'fleet up --join TOKEN'" });
  const { key, role, pool, name, issuedAt, expiresAt, since } = known;
  const lifetimeS = expiresAt === null ? null : expiresAt - issuedAt;
  const { jwt } = await issueAtDesk(desk, { key, role, pool: pool as NonNullable<typeof pool>, name, lifetimeS, since, after: claims.iat });
  desk.onEvent({ at: desk.now(), kind: "renewed", key, role, name });
  return { jwt };
}
