// Join tokens: a credential that may do one thing, once: have the registry sign a key that was made elsewhere.
import { encodeJoinToken, POOLED_ROLES, type hubToken, type InputOf, type OutputOf } from "@fleetwire/shared/bus";
import { FleetError, parseOr } from "@fleetwire/shared/errors";
import { NodeName, type PoolName } from "@fleetwire/shared/ids";
import { createKeyPair } from "@fleetwire/shared/keys";
import { defaultLifetimeS, entitlementText, mintScopedUser, openRegister, type Signers } from "../registry/index.ts";
import type { HubPlace } from "./account-update.ts";
import { factsOf, DEFAULT_POOL } from "./init.ts";
import type { HubDeps } from "./types.ts";

const HOUR_S = 3_600;

/** @throws FleetError `bad-name` for a node's name that isn't one */
export async function makeToken({ hub, files, ca }: HubPlace, signers: Signers, input: InputOf<typeof hubToken>, { now, onAction }: Pick<HubDeps, "now" | "onAction">): Promise<OutputOf<typeof hubToken>> {
  const { role, name } = input;
  if (role === "node" && name !== undefined) parseOr(NodeName, name, "the node's name", "bad-name");
  const pool: PoolName = input.pool ?? DEFAULT_POOL;
  if (!hub.pools.includes(pool)) throw new FleetError("internal", `the hub has no keys for the pool '${pool}'`);
  const at = now();
  const expires = Math.floor(at / 1000) + (input.expiresInS ?? HOUR_S);
  const key = createKeyPair("user");
  const entitlement = { role, pool, name, lifetimeS: input.credentialExpiresInS ?? defaultLifetimeS(role) };
  const jwt = await mintScopedUser({ account: signers.account, signer: signers.joiner, user: key.publicKey, name: entitlementText(entitlement), expires });
  const token = encodeJoinToken({ v: 1, facts: factsOf(hub, signers, ca, pool, "elsewhere"), role, ...(name === undefined ? {} : { name }), jwt, seed: key.seed });
  const labels = { role, ...(POOLED_ROLES.includes(role) ? { pool } : {}), ...(name === undefined ? {} : { name }) };
  openRegister(files.directory).putToken({ id: key.publicKey, ...labels, createdAt: at, expiresAt: expires * 1000 });
  onAction({ at, kind: "token-created", tokenKey: key.publicKey, ...labels, expiresAt: expires * 1000 });
  return { token, id: key.publicKey, role, name: name ?? null, expiresAt: new Date(expires * 1000).toISOString() };
}
