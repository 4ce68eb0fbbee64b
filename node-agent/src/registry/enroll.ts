// Join tokens become credentials here: the caller's own key is signed, once for each token.
import { existsSync } from "node:fs";
import type { fleetEnroll, InputOf, OutputOf } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { keyPairFromSeed, type UserClaims } from "@fleetwire/shared/keys";
import * as z from "zod/mini";
import { readJsonFile, readSigners, registryFiles, writePrivateFile } from "./hub-files.ts";
import { mintScopedUser, readEntitlement } from "./mint.ts";

/** Used tokens, by the public key inside; kept until they would have expired. */
const Enrolled = z.record(z.string(), z.object({ request: z.string(), key: z.string(), expires: z.number() }));

export interface EnrollRequest {
  /** Operation id: the same request repeated is answered again. */
  readonly id: string;
  /** Of the join token's credential, signature checked. */
  readonly claims: UserClaims | undefined;
  readonly input: InputOf<typeof fleetEnroll>;
}

/** @throws FleetError `bad-token` */
export async function enroll(hubDirectory: string, { id, claims, input }: EnrollRequest, now: number): Promise<OutputOf<typeof fleetEnroll>> {
  const signers = readSigners(hubDirectory);
  const expires = (claims?.exp ?? 0) * 1000;
  if (claims === undefined || claims.iss !== keyPairFromSeed(signers.joiner, "account").publicKey) throw new FleetError("bad-token", "this is not a join token of this fleet");
  if (expires <= now) throw new FleetError("bad-token", "the join token has expired");
  const { role, pool, name } = readEntitlement(claims.name);
  const signer = signers.keys.find((one) => one.role === role && (one.pool === undefined || one.pool === pool));
  if (signer === undefined) throw new FleetError("bad-token", `the fleet has no pool '${pool}'`);
  remember(hubDirectory, claims.sub, { request: id, key: input.key, expires }, now);
  const label = name ?? input.name ?? input.hostname;
  const jwt = await mintScopedUser({ account: signers.account, signer: signer.seed, user: input.key, name: label });
  return { jwt, role, ...((name ?? input.name) === undefined ? {} : { name: name ?? input.name }) };
}

/** Before anything is minted: a token that was used when the registry died is used. */
function remember(hubDirectory: string, token: string, use: { request: string; key: string; expires: number }, now: number): void {
  const file = registryFiles(hubDirectory).enrolled;
  const used = existsSync(file) ? readJsonFile(file, Enrolled) : {};
  const earlier = used[token];
  if (earlier !== undefined) {
    if (earlier.request === use.request && earlier.key === use.key) return;
    throw new FleetError("bad-token", "the join token was used before: each works once");
  }
  const kept = Object.entries(used).filter(([, { expires }]) => expires > now);
  writePrivateFile(file, JSON.stringify(Object.fromEntries([...kept, [token, use]]), null, 2));
}
