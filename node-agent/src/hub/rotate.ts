// A role's signing key is replaced, or one credential. Nodes that are connected are asked to renew first, and only then is the old
// key or credential taken back; whoever was away has to join again.
import { setTimeout as sleep } from "node:timers/promises";
import type { Issued, Role } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { PoolName } from "@fleetwire/shared/ids";
import { changeTrust, openRegister, readSigners, readTrustState, type CredentialRecord, type Signers } from "../registry/index.ts";
import { updateAccount, type HubPlace } from "./account-update.ts";
import { newSigner, publicOf } from "./accounts.ts";
import { isGood, listIssued } from "./given-out.ts";
import { DEFAULT_POOL } from "./init.ts";
import { revocation, revoke } from "./revoke.ts";
import type { HubDeps } from "./types.ts";

const LOOK_MS = 100;
export const GRACE_MS = 20_000;

export interface RotateDeps extends Pick<HubDeps, "now" | "onAction"> {
  /** Gives this machine's own node and owner a new credential in place of one that the key has signed, whichever is theirs. */
  readonly renewOwn: (place: HubPlace, isOld: (credential: { key: string; issuer: string }) => boolean) => Promise<void>;
}

export interface Rotated {
  readonly renewed: Issued[];
  readonly mustJoin: Issued[];
}

/** @throws FleetError `bad-input` for a pool that the hub doesn't have */
export async function rotateRole(place: HubPlace, { role, pool = DEFAULT_POOL }: { role: Role; pool?: PoolName }, graceMs: number, deps: RotateDeps): Promise<Rotated> {
  const { directory } = place.files;
  const signers = readSigners(directory);
  // More than one where an earlier rotation was cut off half-way.
  const olds = signers.keys.filter((one) => one.role === role && (one.pool === undefined || one.pool === pool));
  const old = olds.find(({ retiring }) => retiring !== true);
  if (old === undefined) throw new FleetError("bad-input", `the hub has no pool '${pool}'`, { hint: "'fleet hub token ls' shows the pools in use" });
  const issuers = new Set(olds.map(({ seed }) => publicOf(seed)));
  const fresh = newSigner(role, old.pool);
  const others = signers.keys.filter((one) => !olds.includes(one));
  const register = openRegister(directory);
  const isOld = (record: CredentialRecord | undefined) => record !== undefined && issuers.has(record.issuer);
  const live = new Set(good(place, deps).map(({ id }) => id));
  const holders = register.credentials().filter((record) => isOld(record) && live.has(record.key)).map(({ key }) => key);

  // Both keys count for a moment, and new credentials are signed by the new one.
  await put(place, { ...signers, keys: [...others, ...olds.map((one) => ({ ...one, retiring: true })), fresh] }, deps);
  await deps.renewOwn(place, (one) => issuers.has(one.issuer));
  if (role === "node" && place.running) await until(() => !holders.some((key) => isOld(register.credential(key))), graceMs);

  const now = deps.now();
  // As of one look: who renews after it keeps what it got.
  const stale = new Map(register.credentials().filter(isOld).map(({ key, issuedAt }) => [key, issuedAt]));
  // Unused tokens name the issuer that their credential would have.
  const isLost = ({ kind, id, role: of, pool: its }: Issued) => (kind === "credential" ? stale.has(id) : of === role && (old.pool === undefined || its === old.pool));
  const lost = good(place, deps).filter(isLost);
  changeTrust(directory, { revoked: Object.fromEntries(lost.map((one) => [one.id, revocation(one, stale.get(one.id) ?? Math.floor(now / 1000))])) }, now);
  await put(place, { ...signers, keys: [...others, fresh] }, deps);
  deps.onAction({ at: now, kind: "rotated", role, ...(old.pool === undefined ? {} : { pool: old.pool }), before: publicOf(old.seed), after: publicOf(fresh.seed) });
  const renewed = new Set(holders.filter((key) => !stale.has(key)));
  return { renewed: asNow(place, deps, renewed), mustJoin: asNow(place, deps, new Set(lost.map(({ id }) => id))) };
}

/** One credential, or an unused token, which is only taken back. */
export async function rotateOne(place: HubPlace, issued: Issued, graceMs: number, deps: RotateDeps): Promise<Rotated> {
  const { directory } = place.files;
  const register = openRegister(directory);
  const old = register.credential(issued.id);
  if (issued.kind === "token" || old === undefined) {
    await revoke(place, [issued], deps);
    return { renewed: [], mustJoin: asNow(place, deps, new Set([issued.id])) };
  }
  const isRenewed = () => (register.credential(old.key)?.issuedAt ?? 0) > old.issuedAt;
  await deps.renewOwn(place, ({ key }) => key === old.key);
  const { renew } = readTrustState(directory);
  if (issued.role === "node" && place.running && !isRenewed()) {
    changeTrust(directory, { renew: { ...renew, [old.key]: old.issuedAt } }, deps.now());
    await until(isRenewed, graceMs);
  }
  const now = deps.now();
  changeTrust(directory, { renew, revoked: { [old.key]: revocation(issued, old.issuedAt) } }, now);
  deps.onAction({ at: now, kind: "revoked", id: old.key, what: "credential", role: old.role, ...(old.name === undefined ? {} : { name: old.name }) });
  await updateAccount(place, readSigners(directory));
  const holder = asNow(place, deps, new Set([old.key]));
  return isRenewed() ? { renewed: holder, mustJoin: [] } : { renewed: [], mustJoin: holder };
}

/** Signers and the statement about them change together. */
async function put(place: HubPlace, signers: Signers, { now }: Pick<HubDeps, "now">): Promise<void> {
  await updateAccount(place, signers);
  changeTrust(place.files.directory, {}, now());
}

function all({ files }: HubPlace, { now }: Pick<HubDeps, "now">): Issued[] {
  return listIssued(openRegister(files.directory), readTrustState(files.directory), now());
}
const good = (place: HubPlace, deps: Pick<HubDeps, "now">) => all(place, deps).filter(isGood);
const asNow = (place: HubPlace, deps: Pick<HubDeps, "now">, ids: ReadonlySet<string>) => all(place, deps).filter(({ id }) => ids.has(id));

async function until(met: () => boolean, timeoutMs: number): Promise<void> {
  for (const end = Date.now() + timeoutMs; !met() && Date.now() < end; ) await sleep(LOOK_MS);
}
