// `fleet hub init`: everything a hub is, written into a directory beside and moved into place when it is whole.
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { createServer, isIP } from "node:net";
import { dirname, join } from "node:path";
import type { Credentials, FleetFacts, hubInit, InputOf } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { FleetName, PoolName, PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair, type KeyPair } from "@fleetwire/shared/keys";
import { defaultLifetimeS, issue, issuersOf, openRegister, writePrivateFile, type CredentialRecord, type Signers } from "../registry/index.ts";
import { createTrust, publicOf, type Trust } from "./accounts.ts";
import { createAuthority } from "./certificates.ts";
import { hubFiles, type HubFile, type HubFiles } from "./layout.ts";
import { natsConfig } from "./nats-config.ts";

export const DEFAULT_POOL = "default" as PoolName;
const DEFAULT_FLEET = "default" as FleetName;
/** Of this machine's own credentials, seconds. The owner of the directory can sign any at any time: that one needs no end. */
export const OWN_LIFETIME_S = { node: defaultLifetimeS("node"), admin: null, registry: null } as const;
const NATS_PORT = 4222;
const GATEWAY_PORT = 9443;

export interface InitDeps {
  /** `state/hub` */
  readonly directory: string;
  readonly nodeKey: KeyPair;
  readonly callerKey: KeyPair;
  readonly nodeName: string;
}

export interface Initialised {
  readonly hub: HubFile;
  readonly node: Credentials;
  readonly caller: Credentials;
}

/** @throws FleetError `hub-exists`; nothing is left behind on any failure */
export async function initHub({ directory, nodeKey, callerKey, nodeName }: InitDeps, input: InputOf<typeof hubInit>): Promise<Initialised> {
  if (existsSync(directory)) throw new FleetError("hub-exists", `there is a hub in ${directory}`);
  const fleet = input.fleet ?? DEFAULT_FLEET;
  const host = input.host ?? null;
  const trust = await createTrust(fleet, [DEFAULT_POOL]);
  const authority = createAuthority(fleet);
  const registryKey = createKeyPair("user");
  const hub: HubFile = {
    version: 1,
    fleet,
    host,
    natsPort: input.natsPort ?? (await preferredPort(NATS_PORT, host)),
    gatewayPort: input.gatewayPort ?? GATEWAY_PORT,
    gatewayPortFixed: input.gatewayPort !== undefined,
    pools: [DEFAULT_POOL],
    up: false,
    systemAccount: publicOf(trust.operator.system.seed),
    fleetAccount: trust.signers.account,
    registry: registryKey.publicKey,
  };
  const facts = factsOf(hub, trust.signers, authority.cert, DEFAULT_POOL, "here");
  const mint = (role: keyof typeof OWN_LIFETIME_S, key: string, name: string) => mintCredentials(trust.signers, facts, role, key, name);
  const [node, owner, registry] = [await mint("node", nodeKey.publicKey, nodeName), await mint("admin", callerKey.publicKey, "owner"), await mint("registry", registryKey.publicKey, "registry")];

  const building = `${directory}.new`;
  rmSync(building, { recursive: true, force: true });
  try {
    mkdirSync(dirname(directory), { recursive: true, mode: 0o700 });
    // Paths inside the configuration are those of the final place.
    writeHub(hubFiles(building), hubFiles(directory), hub, trust, { registrySeed: registryKey.seed, registry: registry.credentials });
    for (const { record } of [node, owner, registry]) openRegister(building).putCredential(record);
    writePrivateFile(join(building, "ca", "ca.crt"), authority.cert);
    writePrivateFile(join(building, "ca", "ca.key"), authority.key);
    if (host !== null) {
      const server = authority.issue([...new Set([host, "localhost", "127.0.0.1"])]);
      writePrivateFile(hubFiles(building).serverCert, server.cert);
      writePrivateFile(hubFiles(building).serverKey, server.key);
    }
    chmodSync(building, 0o700);
    renameSync(building, directory);
  } catch (error) {
    rmSync(building, { recursive: true, force: true });
    throw error;
  }
  return { hub, node: node.credentials, caller: owner.credentials };
}

function writeHub(to: HubFiles, final: HubFiles, hub: HubFile, trust: Trust, registry: { registrySeed: string; registry: Credentials }): void {
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  writePrivateFile(to.hub, json(hub));
  writePrivateFile(to.operator, json(trust.operator));
  writePrivateFile(to.operatorJwt, trust.operator.operatorJwt);
  writePrivateFile(to.natsConfig, natsConfig(hub, final, trust.operator));
  writePrivateFile(to.registry.seed, `${registry.registrySeed}\n`);
  writePrivateFile(to.registry.credentials, json(registry.registry));
  writePrivateFile(to.registry.services, json(trust.services));
  writePrivateFile(to.registry.signers, json(trust.signers));
  for (const directory of [to.resolver, to.jetstream]) mkdirSync(directory, { recursive: true, mode: 0o700 });
}

/** What everybody in the fleet knows. `here`: for this machine itself, which reaches the hub by loopback under any name. */
export function factsOf(hub: HubFile, signers: Signers, ca: string, pool: PoolName, from: "here" | "elsewhere"): FleetFacts {
  return {
    fleet: hub.fleet,
    pool,
    urls: [from === "here" ? hubUrl({ ...hub, host: hub.host === null ? null : "127.0.0.1" }) : hubUrl(hub)],
    ca,
    issuers: issuersOf(signers),
    registries: [hub.registry as PublicKey],
  };
}

export function hubUrl({ host, natsPort }: Pick<HubFile, "host" | "natsPort">): string {
  if (host === null) return `nats://127.0.0.1:${natsPort}`;
  return `tls://${isIP(host) === 6 ? `[${host}]` : host}:${natsPort}`;
}

async function mintCredentials(signers: Signers, facts: FleetFacts, role: keyof typeof OWN_LIFETIME_S, key: string, name: string): Promise<{ credentials: Credentials; record: CredentialRecord }> {
  const { jwt, record } = await issue(signers, { key, role, pool: facts.pool, name, lifetimeS: OWN_LIFETIME_S[role] }, Date.now);
  return { credentials: { version: 1, facts, role, name, key: key as PublicKey, jwt }, record };
}

/** The usual port, or a free one when somebody has it. */
async function preferredPort(port: number, host: string | null): Promise<number> {
  return (await isPortFree(port, host)) ? port : freePort(host);
}

/** Could a server listen there now? `host` null: on loopback, otherwise on every address. */
export function isPortFree(port: number, host: string | null): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, host === null ? "127.0.0.1" : "0.0.0.0", () => server.close(() => resolve(true)));
  });
}

function freePort(host: string | null): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, host === null ? "127.0.0.1" : "0.0.0.0", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
