// The hub's trust chain as NATS knows it: an operator, and three accounts. FLEET carries requests, beats and events and has
// no JetStream, for the right to make a consumer is a right to inject messages. REG has JetStream and no fleet subjects. SYS
// has the server's own events.
import { encodeAccount, encodeOperator, encodeUser, newScopedSigner, type Account, type SigningKey, type User, type UserPermissionsLimits } from "@nats-io/jwt";
import { permissionsOf, POOLED_ROLES, ROLES, type Permissions, type Role } from "@fleetwire/shared/bus";
import type { FleetName, PoolName } from "@fleetwire/shared/ids";
import { createKeyPair, keyPairFromSeed } from "@fleetwire/shared/keys";
import type { Signers } from "../registry/index.ts";
import type { OperatorFile } from "./layout.ts";

/** A node may take this long to answer a request (a kill with a grace of a minute). Nanoseconds. */
const ANSWER_NS = 120e9;
const UNLIMITED = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: 0 };

export const publicOf = (seed: string, type: "account" | "user" | "operator" = "account") => keyPairFromSeed(seed, type).publicKey;
const newSeed = (type: "account" | "user" | "operator") => createKeyPair(type).seed;

/** Signing keys for every role; those cut by pool once for each pool. Keys that are there already stay. */
export function extendSigners(signers: Signers, pools: readonly PoolName[]): Signers {
  const wanted = ROLES.flatMap((role): { role: Role; pool?: PoolName }[] => (POOLED_ROLES.includes(role) ? pools.map((pool) => ({ role, pool })) : [{ role }]));
  const missing = wanted.filter(({ role, pool }) => !signers.keys.some((key) => key.role === role && key.pool === pool));
  return { ...signers, keys: [...signers.keys, ...missing.map(({ role, pool }) => newSigner(role, pool))] };
}

export function newSigner(role: Role, pool: PoolName | undefined): Signers["keys"][number] {
  return { role, ...(pool === undefined ? {} : { pool }), seed: newSeed("account") };
}

/** The FLEET account's JWT: a scoped signing key for each role and pool, its permissions from the contract table. */
export function encodeFleetAccount(accountSeed: string, operatorSeed: string, signers: Signers, fleet: FleetName, revocations: Record<string, number> = {}): Promise<string> {
  const scopes = signers.keys.map(({ role, pool, seed }) => scope(seed, pool === undefined ? role : `${role}.${pool}`, permissionsOf(role, fleet, (pool ?? "default") as PoolName)));
  const joiner = scope(signers.joiner, "joiner", permissionsOf("joiner", fleet, "default" as PoolName));
  return encodeAccount("FLEET", accountSeed, account({ signing_keys: [...scopes, joiner], revocations }), { signer: operatorSeed });
}

/** The account of the registry's JetStream: nobody of the fleet is in it. */
export function encodeStoreAccount(accountSeed: string, operatorSeed: string): Promise<string> {
  return encodeAccount("REG", accountSeed, account({}, { mem_storage: 0, disk_storage: -1, streams: 4, consumer: 64 }), { signer: operatorSeed });
}

/** The registry's users in accounts of its own. @param seeds theirs, of accounts and, when they are there already, of users */
export async function serviceUsers(accounts: { system: string; store: string; fleetAccount: string }, seeds: { store?: string; system?: string } = {}): Promise<Trust["services"]> {
  return {
    store: await user("registry", accounts.store, ["$JS.API.>", "$KV.>", "fleet-events.>", "$JS.ACK.>", "$JS.FC.>"], ["_INBOX.>"], seeds.store),
    system: await user("registry", accounts.system, [], [`$SYS.ACCOUNT.${accounts.fleetAccount}.*`], seeds.system),
  };
}

function scope(seed: string, name: string, { publish, subscribe, responses, subscriptions, payloadBytes }: Permissions): SigningKey {
  return newScopedSigner(seed, name, {
    pub: { allow: [...publish], deny: [] },
    sub: { allow: [...subscribe], deny: [] },
    ...(responses > 0 ? { resp: { max: responses, ttl: ANSWER_NS } } : {}),
    subs: subscriptions,
    payload: payloadBytes,
    data: -1,
    allowed_connection_types: ["STANDARD"],
  } satisfies Partial<UserPermissionsLimits>);
}

function account(more: Partial<Account>, limits: object = {}): Partial<Account> {
  return { limits: { ...UNLIMITED, ...limits }, ...more };
}

export interface Trust {
  readonly operator: OperatorFile;
  readonly signers: Signers;
  readonly services: { store: { jwt: string; seed: string }; system: { jwt: string; seed: string } };
}

/** All keys and accounts of a new hub. */
export async function createTrust(fleet: FleetName, pools: readonly PoolName[]): Promise<Trust> {
  const [operator, system, fleetSeed, store] = [newSeed("operator"), newSeed("account"), newSeed("account"), newSeed("account")];
  const signers = extendSigners({ account: publicOf(fleetSeed), keys: [], joiner: newSeed("account") }, pools);
  return {
    signers,
    operator: {
      operator,
      operatorJwt: await encodeOperator("fleetwire", operator, { system_account: publicOf(system) }),
      system: { seed: system, jwt: await encodeAccount("SYS", system, account({}), { signer: operator }) },
      fleet: { seed: fleetSeed, jwt: await encodeFleetAccount(fleetSeed, operator, signers, fleet) },
      store: { seed: store, jwt: await encodeStoreAccount(store, operator) },
      claimsUser: await user("claims", system, ["$SYS.REQ.CLAIMS.UPDATE"], ["_INBOX.>"]),
    },
    services: await serviceUsers({ system, store, fleetAccount: publicOf(fleetSeed) }),
  };
}

async function user(name: string, accountSeed: string, publish: string[], subscribe: string[], seed = newSeed("user")): Promise<{ seed: string; jwt: string }> {
  // An empty allow-list allows everything: what may publish nothing is denied everything.
  const pub = publish.length > 0 ? { allow: publish, deny: [] } : { allow: [], deny: [">"] };
  const limits: Partial<User> = { pub, sub: { allow: subscribe, deny: [] }, subs: 64, payload: -1, data: -1, allowed_connection_types: ["STANDARD"] };
  return { seed, jwt: await encodeUser(name, publicOf(seed, "user"), accountSeed, limits) };
}
