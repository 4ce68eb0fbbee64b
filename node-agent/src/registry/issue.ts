// Credentials are made here: signed by the role's signing key of today, and written into the register.
import type { FleetTrust, Role } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { PoolName } from "@fleetwire/shared/ids";
import { keyPairFromSeed } from "@fleetwire/shared/keys";
import { readUserJwt } from "@fleetwire/shared/keys";
import { setTimeout as sleep } from "node:timers/promises";
import type { CredentialListener } from "./credential-event.ts";
import { readSigners, type Signers } from "./hub-files.ts";
import { mintScopedUser } from "./mint.ts";
import type { CredentialRecord, UseRecord } from "./register.ts";

const DAY_S = 86_400;

/** How long a credential is good unless said, seconds. */
export function defaultLifetimeS(role: Role): number {
  return role === "ci" ? DAY_S : 30 * DAY_S;
}

export interface Desk {
  readonly hubDirectory: string;
  /** Whom the fleet believes now. */
  readonly trust: () => FleetTrust;
  /** Of all registries together the first use of a token counts. @returns that one */
  readonly use: (use: UseRecord) => Promise<UseRecord>;
  readonly credential: (key: string) => CredentialRecord | undefined;
  readonly keepCredential: (record: CredentialRecord) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onEvent: CredentialListener;
}

export interface Wanted {
  readonly key: string;
  readonly role: Role;
  readonly pool: PoolName;
  /** What a person calls it; a label. */
  readonly name?: string;
  /** Seconds; null: for ever. */
  readonly lifetimeS: number | null;
  /** Of a renewal: when its holder got the first, seconds since 1970. */
  readonly since?: number;
  /** It has to be younger than what was taken back until then, seconds since 1970. */
  readonly after?: number;
}

/** @returns the JWT and its record. @throws FleetError `bad-token` when there is no signing key for it */
export async function issue(signers: Signers, { key, role, pool, name, lifetimeS, since, after = 0 }: Wanted, now: () => number): Promise<{ jwt: string; record: CredentialRecord }> {
  const signer = signers.keys.find((one) => one.role === role && one.retiring !== true && (one.pool === undefined || one.pool === pool));
  if (signer === undefined) throw new FleetError("bad-token", `the fleet has no pool '${pool}'`);
  // JWTs count seconds: one of the same second would be taken for the one that was taken back.
  if (after * 1000 + 1000 > now()) await sleep(after * 1000 + 1001 - now());
  const expires = lifetimeS === null ? undefined : Math.floor(now() / 1000) + lifetimeS;
  const jwt = await mintScopedUser({ account: signers.account, signer: signer.seed, user: key, name: name ?? key, expires });
  const issuedAt = readUserJwt(jwt).iat ?? Math.floor(now() / 1000);
  const record: CredentialRecord = {
    key,
    role,
    ...(signer.pool === undefined ? {} : { pool: signer.pool }),
    ...(name === undefined ? {} : { name }),
    issuer: keyPairFromSeed(signer.seed, "account").publicKey,
    issuedAt,
    expiresAt: expires ?? null,
    since: since ?? issuedAt,
  };
  return { jwt, record };
}

/** As `issue`, with the keys of the directory, if the fleet believes them. */
export async function issueAtDesk(desk: Desk, wanted: Wanted): Promise<{ jwt: string; record: CredentialRecord }> {
  const issued = await issue(readSigners(desk.hubDirectory), { ...wanted, after: desk.trust().revoked[wanted.key] ?? wanted.after }, desk.now);
  if (!desk.trust().issuers.some(({ key, retiring }) => key === issued.record.issuer && retiring !== true)) {
    throw new FleetError("bad-config", "this registry's signing keys were replaced: its directory is an old copy of the hub's");
  }
  await desk.keepCredential(issued.record);
  return issued;
}
