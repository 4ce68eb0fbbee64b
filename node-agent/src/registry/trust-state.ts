// What the hub has taken back (`registry/trust.json`), and the statement made of it. The hub writes it, registries announce it.
import { existsSync, statSync } from "node:fs";
import type { FleetTrust } from "@fleetwire/shared/bus";
import type { FleetName } from "@fleetwire/shared/ids";
import * as z from "zod/mini";
import { issuersOf, readJsonFile, readSigners, registryFiles, writePrivateFile, type Signers } from "./hub-files.ts";

/** Kept a day longer than the credentials it is about: clocks differ. */
const SLACK_S = 86_400;

export const TrustState = z.object({
  revision: z.int(),
  /** By public key. Seconds since 1970: of what was issued until then nothing counts; forgotten when all of it has expired. */
  revoked: z.record(z.string(), z.object({ until: z.int(), expires: z.nullable(z.int()) })),
  /** By public key: whoever holds one that was issued until then should renew it now. */
  renew: z.record(z.string(), z.int()),
});
export type TrustState = z.infer<typeof TrustState>;

export function readTrustState(hubDirectory: string): TrustState {
  const { trust } = registryFiles(hubDirectory);
  return existsSync(trust) ? readJsonFile(trust, TrustState) : { revision: 0, revoked: {}, renew: {} };
}

/** @param now milliseconds since 1970 @returns what is in force now */
export function changeTrust(hubDirectory: string, change: Partial<Omit<TrustState, "revision">>, now: number): TrustState {
  const before = readTrustState(hubDirectory);
  const revoked = Object.fromEntries(Object.entries({ ...before.revoked, ...change.revoked }).filter(([, { expires }]) => expires === null || expires + SLACK_S > now / 1000));
  const next: TrustState = { revision: before.revision + 1, revoked, renew: change.renew ?? before.renew };
  writePrivateFile(registryFiles(hubDirectory).trust, JSON.stringify(next, null, 2));
  return next;
}

export function trustOf(fleet: FleetName, { revision, revoked, renew }: TrustState, signers: Signers): FleetTrust {
  return { v: 1, fleet, revision, issuers: issuersOf(signers), revoked: untilOf(revoked), renew };
}

/** Whom the hub's files say is to be believed now; read again when they have changed. */
export function watchedTrust(hubDirectory: string): () => Pick<FleetTrust, "issuers" | "revoked"> {
  const { signers, trust } = registryFiles(hubDirectory);
  let read: { readonly as: string; readonly is: Pick<FleetTrust, "issuers" | "revoked"> } | undefined;
  return () => {
    const as = [signers, trust].map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs).join();
    if (read?.as !== as) read = { as, is: { issuers: issuersOf(readSigners(hubDirectory)), revoked: untilOf(readTrustState(hubDirectory).revoked) } };
    return read.is;
  };
}

/** In the form of statements and of account JWTs. */
export function untilOf(revoked: TrustState["revoked"]): Record<string, number> {
  return Object.fromEntries(Object.entries(revoked).map(([key, { until }]) => [key, until]));
}
