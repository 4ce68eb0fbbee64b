// Which role a caller has proved: its JWT's issuer is the signing key of one role (and pool) of this fleet.
import { isRevoked, POOLED_ROLES, type FleetTrust, type Issuer } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { PoolName, PublicKey } from "@fleetwire/shared/ids";
import type { UserClaims } from "@fleetwire/shared/keys";
import type { BusCaller } from "./types.ts";

export interface Trusted {
  /** Whose JWTs count, and for which role: a fleet's facts. None on a plain NATS. */
  readonly issuers: readonly Issuer[];
  /** Credentials that were taken back. */
  readonly revoked?: FleetTrust["revoked"];
  /** Accept callers that prove no role. */
  readonly open: boolean;
  readonly pool?: PoolName;
}

/**
 * @param pool this node's; undefined for the registry, which is there for all pools
 * @param claims of the caller's JWT, signature checked; undefined when it sent none
 * @throws FleetError `untrusted-caller`, `denied`, `credential-expired`, `credential-revoked`
 */
export function judgeCaller(key: PublicKey, claims: UserClaims | undefined, { issuers, revoked = {}, open, pool }: Trusted, now: number): BusCaller {
  // By the key that signed its JWT; on servers that list their users, by its own.
  const issuer = issuers.find((one) => one.key === claims?.iss) ?? issuers.find((one) => one.key === key);
  if (claims !== undefined && isRevoked(revoked, claims)) throw new FleetError("credential-revoked", "the caller's credential was revoked");
  if (issuer === undefined) {
    if (!open) throw new FleetError("untrusted-caller", claims === undefined ? "the caller proves no role, and this node is not open" : "the caller's credential is not from this node's fleet");
    return { kind: "bus", key, role: null };
  }
  if (claims?.exp !== undefined && claims.exp > 0 && claims.exp * 1000 <= now) throw new FleetError("credential-expired", `the caller's credential expired on ${new Date(claims.exp * 1000).toISOString()}`);
  if (pool !== undefined && POOLED_ROLES.includes(issuer.role) && issuer.pool !== pool) throw new FleetError("denied", `the caller's credential is for the pool '${issuer.pool ?? ""}', this node is in '${pool}'`);
  return {
    kind: "bus",
    key,
    role: issuer.role,
    ...(POOLED_ROLES.includes(issuer.role) && issuer.pool !== undefined ? { pool: issuer.pool } : {}),
    ...(claims?.name === undefined ? {} : { name: claims.name }),
    ...(claims === undefined ? {} : { credential: { issuer: claims.iss, issued: claims.iat ?? 0 } }),
  };
}
