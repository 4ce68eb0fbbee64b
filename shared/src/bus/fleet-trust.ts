// Whom a fleet believes, as of a revision: the signing keys of its roles, and the credentials that were taken back. The registry
// signs it, so a broker can withhold it for a while but neither make nor change it; an older revision is never taken.
import * as z from "zod/mini";
import { FleetError, parseJson, parseOr } from "../errors/index.ts";
import { FleetName } from "../ids/index.ts";
import { signDocument, verifyDocument, type KeyPair, type Signed, type UserClaims } from "../keys/index.ts";
import { Issuer } from "./credentials.ts";

/** Of a key: its credentials that were issued at or before this moment are worth nothing. Seconds since 1970, as JWTs count. */
const SecondsByKey = z.record(z.string(), z.int());

export const FleetTrust = z.object({
  v: z.literal(1),
  fleet: FleetName,
  /** Grows with every change. */
  revision: z.int(),
  issuers: z.array(Issuer),
  revoked: SecondsByKey,
  /** These are to be renewed now by whoever holds them: they are about to be taken back. */
  renew: SecondsByKey,
});
export type FleetTrust = z.infer<typeof FleetTrust>;

export function sealTrust(trust: FleetTrust, key: KeyPair): Signed {
  return signDocument("fleet.trust.1", trust, key);
}

/** @param registries keys that may say so. @throws FleetError `bad-signature`, `bad-input` */
export function openTrust(signed: Signed, registries: readonly string[]): FleetTrust {
  if (!registries.some((key) => verifyDocument("fleet.trust.1", signed, key))) throw new FleetError("bad-signature", "what was said about the fleet's keys is not signed by its registry");
  return parseOr(FleetTrust, parseJson(signed.p, "the statement"), "the statement");
}

/** Was this credential taken back? */
export function isRevoked(revoked: FleetTrust["revoked"], { sub, iat = 0 }: Pick<UserClaims, "sub" | "iat">): boolean {
  const until = Object.hasOwn(revoked, sub) ? revoked[sub] : undefined;
  return until !== undefined && iat <= until;
}
