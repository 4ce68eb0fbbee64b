// The accounts' JWTs as they should be now: permissions of the contract table, signing keys, revocations. What differs from what the
// server has is written down for its next start and pushed to it while it runs.
import { FleetError } from "@fleetwire/shared/errors";
import { keyPairFromSeed } from "@fleetwire/shared/keys";
import { connectOnce } from "../fleet/index.ts";
import { readJsonFile, readTrustState, ServiceUsers, untilOf, writePrivateFile, type Signers } from "../registry/index.ts";
import { encodeFleetAccount, encodeStoreAccount, serviceUsers } from "./accounts.ts";
import { hubUrl } from "./init.ts";
import { OperatorFile, type HubFile, type HubFiles } from "./layout.ts";
import { natsConfig } from "./nats-config.ts";

export interface HubPlace {
  readonly hub: HubFile;
  readonly files: HubFiles;
  /** PEM of the hub's CA. */
  readonly ca: string;
  /** The server is up. */
  readonly running: boolean;
}

/**
 * Has the FLEET account follow the signers and what was revoked. The server has it before the files do: a token for keys that it
 * doesn't know is worth nothing.
 * @throws FleetError `nats-unreachable`, `nats-denied`
 */
export async function updateAccount({ hub, files, ca, running }: HubPlace, signers: Signers): Promise<void> {
  const operator = readJsonFile(files.operator, OperatorFile);
  const jwt = await encodeFleetAccount(operator.fleet.seed, operator.operator, signers, hub.fleet, untilOf(readTrustState(files.directory).revoked));
  if (running) await pushClaims(hub, operator, [jwt], ca);
  const next = { ...operator, fleet: { ...operator.fleet, jwt } };
  writeOperator(hub, files, next);
  writePrivateFile(files.registry.signers, JSON.stringify(signers, null, 2));
}

/**
 * At the hub's start: accounts and service users of an earlier release get what this one's contract table says; credentials that
 * were given out stay as they are, for their permissions are their signing key's.
 * @returns whether the registry has to be started anew: its own users changed
 */
export async function bringUpToDate({ hub, files, ca, running }: HubPlace, signers: Signers): Promise<boolean> {
  const operator = readJsonFile(files.operator, OperatorFile);
  const fleet = await encodeFleetAccount(operator.fleet.seed, operator.operator, signers, hub.fleet, untilOf(readTrustState(files.directory).revoked));
  const store = await encodeStoreAccount(operator.store.seed, operator.operator);
  const changed = [...(isSame(fleet, operator.fleet.jwt) ? [] : [fleet]), ...(isSame(store, operator.store.jwt) ? [] : [store])];
  if (changed.length > 0) {
    if (running) await pushClaims(hub, operator, changed, ca);
    writeOperator(hub, files, { ...operator, fleet: { ...operator.fleet, jwt: fleet }, store: { ...operator.store, jwt: store } });
  }
  const users = readJsonFile(files.registry.services, ServiceUsers);
  const wanted = await serviceUsers({ system: operator.system.seed, store: operator.store.seed, fleetAccount: hub.fleetAccount }, { store: users.store.seed, system: users.system.seed });
  if (isSame(wanted.store.jwt, users.store.jwt) && isSame(wanted.system.jwt, users.system.jwt)) return false;
  writePrivateFile(files.registry.services, JSON.stringify(wanted, null, 2));
  return true;
}

function writeOperator(hub: HubFile, files: HubFiles, operator: OperatorFile): void {
  writePrivateFile(files.operator, JSON.stringify(operator, null, 2));
  writePrivateFile(files.natsConfig, natsConfig(hub, files, operator));
}

/** Do two JWTs say the same, whenever they were signed? */
function isSame(one: string, other: string): boolean {
  const said = (jwt: string) => JSON.stringify((JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString("utf8")) as { nats?: unknown }).nats);
  return said(one) === said(other);
}

/** Gives the running server new account JWTs: new keys, or revoked users, count from now on. @throws FleetError `nats-unreachable`, `nats-denied` */
async function pushClaims(hub: HubFile, { claimsUser }: OperatorFile, jwts: readonly string[], ca: string): Promise<void> {
  const url = hubUrl({ ...hub, host: hub.host === null ? null : "127.0.0.1" });
  const connection = await connectOnce({ urls: [url], name: "fleet hub", login: { kind: "jwt", jwt: claimsUser.jwt, key: keyPairFromSeed(claimsUser.seed) }, ca });
  try {
    for (const jwt of jwts) {
      const answer = (await connection.request("$SYS.REQ.CLAIMS.UPDATE", jwt, { timeout: 5_000 })).json<{ error?: { description?: string } }>();
      if (answer.error !== undefined) throw new FleetError("nats-denied", `the server refused the new keys: ${answer.error.description ?? "no reason given"}`);
    }
  } finally {
    await connection.close();
  }
}
