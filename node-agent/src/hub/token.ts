// Join tokens: a credential that may do one thing, once: have the registry sign a key that was made elsewhere.
import { encodeJoinToken, type hubToken, type InputOf, type OutputOf } from "@fleetwire/shared/bus";
import { FleetError, parseOr } from "@fleetwire/shared/errors";
import { NodeName, type PoolName } from "@fleetwire/shared/ids";
import { createKeyPair } from "@fleetwire/shared/keys";
import { entitlementText, mintScopedUser, type Signers } from "../registry/index.ts";
import { factsOf, DEFAULT_POOL } from "./init.ts";
import type { HubFile } from "./layout.ts";

const HOUR_S = 3_600;

/** @throws FleetError `bad-name` for a node's name that isn't one */
export async function makeToken(hub: HubFile, signers: Signers, ca: string, input: InputOf<typeof hubToken>): Promise<OutputOf<typeof hubToken>> {
  const { role, name } = input;
  if (role === "node" && name !== undefined) parseOr(NodeName, name, "the node's name", "bad-name");
  const pool: PoolName = input.pool ?? DEFAULT_POOL;
  if (!hub.pools.includes(pool)) throw new FleetError("internal", `the hub has no keys for the pool '${pool}'`);
  const expires = Math.floor(Date.now() / 1000) + (input.expiresInS ?? HOUR_S);
  const key = createKeyPair("user");
  const jwt = await mintScopedUser({ account: signers.account, signer: signers.joiner, user: key.publicKey, name: entitlementText({ role, pool, name }), expires });
  const token = encodeJoinToken({ v: 1, facts: factsOf(hub, signers, ca, pool, "elsewhere"), role, ...(name === undefined ? {} : { name }), jwt, seed: key.seed });
  return { token, role, name: name ?? null, expiresAt: new Date(expires * 1000).toISOString() };
}
