// What the hub gave out, as of now, and how a person names one of it.
import type { Issued, IssuedState } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import type { CredentialRecord, Register, TokenRecord, TrustState, UseRecord } from "../registry/index.ts";

/** Of a key at least so much has to be given. */
const LEAST = 6;

/** Tokens first, then credentials, each in the order they were made. @param now milliseconds since 1970 */
export function listIssued(register: Register, { revoked }: TrustState, now: number): Issued[] {
  const uses = new Map(register.uses().map((use) => [use.id, use]));
  const tokens = register.tokens().toSorted((a, b) => a.createdAt - b.createdAt);
  const credentials = register.credentials().toSorted((a, b) => a.since - b.since);
  return [...tokens.map((token) => issuedToken(token, uses.get(token.id), revoked, now)), ...credentials.map((credential) => issuedCredential(credential, revoked, now))];
}

function issuedToken({ id, role, pool, name, createdAt, expiresAt }: TokenRecord, use: UseRecord | undefined, revoked: TrustState["revoked"], now: number): Issued {
  const state: IssuedState = use !== undefined ? "used" : revoked[id] !== undefined ? "revoked" : expiresAt <= now ? "expired" : "unused";
  const used = use === undefined ? null : { key: use.key, at: iso(use.at) };
  return { kind: "token", id, role, pool: pool ?? null, name: name ?? null, state, issuedAt: iso(createdAt), expiresAt: iso(expiresAt), used };
}

function issuedCredential({ key, role, pool, name, issuedAt, expiresAt, since }: CredentialRecord, revoked: TrustState["revoked"], now: number): Issued {
  const until = revoked[key]?.until;
  const taken = until !== undefined && issuedAt <= until;
  const state: IssuedState = taken ? "revoked" : expiresAt !== null && expiresAt * 1000 <= now ? "expired" : "live";
  return {
    kind: "credential", id: key, role, pool: pool ?? null, name: name ?? null, state, issuedAt: iso(since * 1000), expiresAt: expiresAt === null ? null : iso(expiresAt * 1000),
    renewedAt: issuedAt === since ? null : iso(issuedAt * 1000), revokedAt: taken ? iso(until * 1000) : null,
  };
}

/** The one that a name or a key (or its beginning) means; only what is still good for something. @throws FleetError `unknown-credential`, `bad-input`, `not-supported` */
export function findIssued(issued: readonly Issued[], which: string): Issued {
  const byKey = issued.filter(({ id }) => id === which || (which.length >= LEAST && id.startsWith(which)));
  const byName = issued.filter(({ name }) => name === which);
  const found = (byName.length > 0 ? byName : byKey).filter(isGood);
  const [first, ...others] = found;
  if (others.length > 0) throw new FleetError("bad-input", `'${printable(which)}' means ${found.length} of them: ${found.map(describe).join(", ")}`, { hint: "name one by its key" });
  if (first?.role === "registry") throw new FleetError("not-supported", "without its credential the registry serves nobody: it is not taken back", { hint: "'fleet hub down' ends it" });
  if (first !== undefined) return first;
  const old = [...byName, ...byKey].at(-1);
  if (old !== undefined) throw new FleetError("unknown-credential", `${describe(old)} is ${old.state} already`);
  throw new FleetError("unknown-credential", `this hub gave out nothing that is called '${printable(which)}'`);
}

export const isGood = ({ state }: Issued): boolean => state === "unused" || state === "live";
const describe = ({ kind, id, role }: Issued) => `the ${role} ${kind} ${id.slice(0, 12)}`;
const iso = (ms: number) => new Date(ms).toISOString();
