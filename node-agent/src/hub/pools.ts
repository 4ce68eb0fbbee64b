// A new pool: signing keys for the roles that are cut by it, in a new JWT of the FLEET account, taken up by the running server.
import type { PoolName } from "@fleetwire/shared/ids";
import { FleetError } from "@fleetwire/shared/errors";
import { keyPairFromSeed } from "@fleetwire/shared/keys";
import { connectOnce } from "../fleet/index.ts";
import { readJsonFile, writePrivateFile, type Signers } from "../registry/index.ts";
import { encodeFleetAccount, extendSigners } from "./accounts.ts";
import { hubUrl } from "./init.ts";
import { OperatorFile, type HubFile, type HubFiles } from "./layout.ts";
import { natsConfig } from "./nats-config.ts";

/** @param running the server is up: it has to take the new keys before any token for them is given out */
export async function addPool(hub: HubFile, files: HubFiles, signers: Signers, pool: PoolName, ca: string, running: boolean): Promise<{ hub: HubFile; signers: Signers }> {
  const operator = readJsonFile(files.operator, OperatorFile);
  const pools = [...hub.pools, pool];
  const extended = extendSigners(signers, pools);
  const jwt = await encodeFleetAccount(operator.fleet.seed, operator.operator, extended, hub.fleet);
  if (running) await pushClaims(hub, operator, jwt, ca);
  const next = { ...hub, pools };
  const nextOperator = { ...operator, fleet: { ...operator.fleet, jwt } };
  writePrivateFile(files.operator, JSON.stringify(nextOperator, null, 2));
  writePrivateFile(files.natsConfig, natsConfig(next, files, nextOperator));
  writePrivateFile(files.registry.signers, JSON.stringify(extended, null, 2));
  writePrivateFile(files.hub, JSON.stringify(next, null, 2));
  return { hub: next, signers: extended };
}

/** Gives the running server a new account JWT: new keys, or revoked users, count from now on. @throws FleetError `nats-unreachable`, `nats-denied` */
async function pushClaims(hub: HubFile, operator: OperatorFile, jwt: string, ca: string): Promise<void> {
  const { claimsUser } = operator;
  const url = hubUrl({ ...hub, host: hub.host === null ? null : "127.0.0.1" });
  const connection = await connectOnce({ urls: [url], name: "fleet hub", login: { kind: "jwt", jwt: claimsUser.jwt, key: keyPairFromSeed(claimsUser.seed) }, ca });
  try {
    const answer = (await connection.request("$SYS.REQ.CLAIMS.UPDATE", jwt, { timeout: 5_000 })).json<{ error?: { description?: string } }>();
    if (answer.error !== undefined) throw new FleetError("nats-denied", `the server refused the new keys: ${answer.error.description ?? "no reason given"}`);
  } finally {
    await connection.close();
  }
}
