// User JWTs of the hub's accounts. A scoped signing key gives its users the permissions of one role; a JWT that asks for
// others is refused by the server.
import { PoolName } from "@fleetwire/shared/ids";
import { FleetError } from "@fleetwire/shared/errors";
import { Role } from "@fleetwire/shared/bus";

export interface MintOptions {
  readonly account: string;
  /** Seed of the signing key. */
  readonly signer: string;
  /** Public key of the user: its owner keeps the private half. */
  readonly user: string;
  readonly name: string;
  /** Seconds since 1970. */
  readonly expires?: number;
}

export async function mintScopedUser({ account, signer, user, name, expires }: MintOptions): Promise<string> {
  // Loaded on use: an agent on its way up needs none of it.
  const { encodeUser } = await import("./encode-user.ts");
  return encodeUser(name, user, account, {}, { signer, scopedUser: true, ...(expires === undefined ? {} : { exp: expires }) });
}

/** What a join token entitles to, in the signed name of its own credential: the token around it proves nothing. */
export interface Entitlement {
  readonly role: Role;
  readonly pool: PoolName;
  readonly name?: string;
  /** Of the credential it is exchanged for, seconds. */
  readonly lifetimeS?: number;
}

export function entitlementText({ role, pool, name = "", lifetimeS }: Entitlement): string {
  return ["join", role, pool, name, lifetimeS ?? ""].join(":");
}

/** @throws FleetError `bad-token` */
export function readEntitlement(text: string | undefined): Entitlement {
  const [kind, role, pool, name, lifetime = "", ...rest] = (text ?? "").split(":");
  const checked = { role: Role.safeParse(role), pool: PoolName.safeParse(pool) };
  if (kind !== "join" || rest.length > 0 || !/^\d{0,10}$/.test(lifetime) || !checked.role.success || !checked.pool.success) throw new FleetError("bad-token", "this credential is not a join token's");
  return { role: checked.role.data, pool: checked.pool.data, ...(name ? { name } : {}), ...(lifetime === "" ? {} : { lifetimeS: Number(lifetime) }) };
}

