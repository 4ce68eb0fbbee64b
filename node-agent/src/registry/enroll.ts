// Join tokens become credentials here: the caller's own key is signed, once for each token.
import { isRevoked, type fleetEnroll, type InputOf, type OutputOf } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { keyPairFromSeed, type UserClaims } from "@fleetwire/shared/keys";
import { readSigners } from "./hub-files.ts";
import { defaultLifetimeS, issueAtDesk, type Desk } from "./issue.ts";
import { readEntitlement } from "./mint.ts";

export interface EnrollRequest {
  /** Operation id: the same request repeated is answered again. */
  readonly id: string;
  /** Of the join token's credential, signature checked. */
  readonly claims: UserClaims | undefined;
  readonly input: InputOf<typeof fleetEnroll>;
}

/** @throws FleetError `bad-token` */
export async function enroll(desk: Desk, { id, claims, input }: EnrollRequest): Promise<OutputOf<typeof fleetEnroll>> {
  const { joiner } = readSigners(desk.hubDirectory);
  const now = desk.now();
  if (claims === undefined || claims.iss !== keyPairFromSeed(joiner, "account").publicKey) throw new FleetError("bad-token", "this is not a join token of this fleet");
  if ((claims.exp ?? 0) * 1000 <= now) throw new FleetError("bad-token", "the join token has expired");
  if (isRevoked(desk.trust().revoked, claims)) throw new FleetError("bad-token", "the join token was revoked");
  const { role, pool, name, lifetimeS } = readEntitlement(claims.name);
  // Before anything is signed: a token that was used when the registry died is used.
  const first = await desk.use({ id: claims.sub, request: id, key: input.key, at: now });
  if (first.request !== id || first.key !== input.key) throw new FleetError("bad-token", "the join token was used before: each works once");
  const given = name ?? input.name;
  const { jwt, record } = await issueAtDesk(desk, { key: input.key, role, pool, name: given ?? input.hostname, lifetimeS: lifetimeS ?? defaultLifetimeS(role) });
  desk.onEvent({ at: now, kind: "enrolled", tokenKey: claims.sub, key: input.key, role, pool: record.pool, name: record.name });
  return { jwt, role, ...(given === undefined ? {} : { name: given }) };
}
