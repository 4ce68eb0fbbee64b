// What the hub's `init` prepares for the registry, and where: the hub's directory is the registry's `--state`.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Credentials, Role, type FleetFacts } from "@fleetwire/shared/bus";
import { FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import { PoolName, type IssuerKey } from "@fleetwire/shared/ids";
import { keyPairFromSeed } from "@fleetwire/shared/keys";
import * as z from "zod/mini";

/** The account signing keys, one for each role and pool: whoever holds one can mint users of that role and of no other. */
export const Signers = z.object({
  /** Public key of the account that the users belong to. */
  account: z.string(),
  keys: z.array(z.object({ role: Role, pool: z.optional(PoolName), seed: z.string(), /** Being replaced: it signs nothing any more. */ retiring: z.optional(z.boolean()) })),
  /** Signs join tokens. */
  joiner: z.string(),
});
export type Signers = z.infer<typeof Signers>;

/** The registry's users in accounts of its own: JetStream, and the server's events. */
export const ServiceUsers = z.object({
  store: z.object({ jwt: z.string(), seed: z.string() }),
  system: z.object({ jwt: z.string(), seed: z.string() }),
});
export type ServiceUsers = z.infer<typeof ServiceUsers>;

export function registryFiles(hubDirectory: string) {
  const directory = join(hubDirectory, "registry");
  return {
    directory,
    seed: join(directory, "registry.nk"),
    credentials: join(directory, "credentials.json"),
    services: join(directory, "services.json"),
    signers: join(directory, "signers.json"),
    trust: join(directory, "trust.json"),
    /** The newest statement of whom the fleet believes that was heard, as it was signed. */
    statement: join(directory, "statement.json"),
    ready: join(directory, "ready"),
    relay: join(directory, "relay.json"),
  };
}

/** What nodes are told about the hub's relay, `relay.json`. */
const RelayFile = z.object({ url: z.string() });

/** @param url of the gateway behind which the relay is */
export function announceRelay(hubDirectory: string, url: string): void {
  const { relay } = registryFiles(hubDirectory);
  if (announcedRelay(hubDirectory) !== url) writePrivateFile(relay, JSON.stringify({ url }));
}

/** @returns the gateway's URL; undefined where no relay was announced */
export function announcedRelay(hubDirectory: string): string | undefined {
  const { relay } = registryFiles(hubDirectory);
  return existsSync(relay) ? readJsonFile(relay, RelayFile).url : undefined;
}

export function readSigners(hubDirectory: string): Signers {
  return readJsonFile(registryFiles(hubDirectory).signers, Signers);
}

export function readRegistryLogin(hubDirectory: string): { credentials: Credentials; services: ServiceUsers; seed: string } {
  const files = registryFiles(hubDirectory);
  return { credentials: readJsonFile(files.credentials, Credentials), services: readJsonFile(files.services, ServiceUsers), seed: readText(files.seed) };
}

/** Who signs which role, as FleetFacts name it. */
export function issuersOf(signers: Signers): FleetFacts["issuers"] {
  return signers.keys.map(({ role, pool, seed, retiring }) => ({
    key: keyPairFromSeed(seed, "account").publicKey as IssuerKey,
    role,
    ...(pool === undefined ? {} : { pool }),
    ...(retiring === true ? { retiring } : {}),
  }));
}

/** @throws FleetError `bad-config` naming the file */
export function readJsonFile<S extends z.ZodMiniType>(file: string, schema: S): z.output<S> {
  return parseOr(schema, parseJson(readText(file), file, "bad-config"), file, "bad-config");
}

/** Whole or not at all, and for its owner's eyes alone. */
export function writePrivateFile(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // Two registries may write in one directory: each its own draft.
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, file);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new FleetError("bad-config", `${file} can't be read`, { cause: error });
  }
}
