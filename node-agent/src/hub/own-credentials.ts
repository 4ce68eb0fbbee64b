// What this machine itself holds in the fleet of its hub: the node's credential, and its owner's. Whoever has the hub's directory
// can sign them, so the hub does, without a join token.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Credentials } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { readUserJwt } from "@fleetwire/shared/keys";
import { issue, issuersOf, openRegister, readJsonFile, readSigners, readTrustState, writePrivateFile } from "../registry/index.ts";
import type { HubPlace } from "./account-update.ts";
import { OWN_LIFETIME_S } from "./init.ts";
import type { HubDeps } from "./types.ts";

/** @param isOld whose credential is to be replaced */
export async function renewOwn({ hub, files }: HubPlace, { stateDir, configDir, now, onAction }: Pick<HubDeps, "stateDir" | "configDir" | "now" | "onAction">, isOld: (credential: { key: string; issuer: string }) => boolean): Promise<void> {
  for (const file of [stateDir, configDir].map((directory) => join(directory, "credentials.json"))) {
    if (!existsSync(file)) continue;
    const own = readJsonFile(file, Credentials);
    const { iss, iat } = readUserJwt(own.jwt);
    if (own.facts.registries[0] !== hub.registry || !isOld({ key: own.key, issuer: iss })) continue;
    const signers = readSigners(files.directory);
    const register = openRegister(files.directory);
    const known = register.credential(own.key);
    if (own.role !== "node" && own.role !== "admin") throw new FleetError("internal", `the hub's own machine holds a '${own.role}'`);
    const after = Math.max(iat ?? 0, readTrustState(files.directory).revoked[own.key]?.until ?? 0);
    const { jwt, record } = await issue(signers, { key: own.key, role: own.role, pool: own.facts.pool, name: own.name, lifetimeS: OWN_LIFETIME_S[own.role], since: known?.since, after }, now);
    register.putCredential(record);
    onAction({ at: now(), kind: "renewed", key: own.key, role: own.role, ...(own.name === undefined ? {} : { name: own.name }) });
    writePrivateFile(file, `${JSON.stringify({ ...own, facts: { ...own.facts, issuers: issuersOf(signers) }, jwt }, null, 2)}\n`);
  }
}
