import type { FleetFacts } from "@fleetwire/shared/bus";
import type { PoolName, PublicKey } from "@fleetwire/shared/ids";
import { describe, expect, it } from "vitest";
import { judgeCaller } from "./caller.ts";

const key = "U" as PublicKey;
const issuers = [
  { key: "AV", role: "viewer" },
  { key: "AC", role: "ci", pool: "gpu" },
] as unknown as FleetFacts["issuers"];
const pool = "gpu" as PoolName;
const now = 1_000_000;
const claims = (iss: string, exp?: number) => ({ sub: key, iss, name: "ann", ...(exp === undefined ? {} : { exp }) });

describe("a caller's role", () => {
  it.each([
    ["the issuer's", claims("AV"), { issuers, open: false, pool }, { role: "viewer", name: "ann" }],
    ["also in an open fleet", claims("AV"), { issuers, open: true, pool }, { role: "viewer" }],
    ["not expired yet", claims("AV", 1_001), { issuers, open: false, pool }, { role: "viewer" }],
    ["issued after an earlier one was taken back", { ...claims("AV"), iat: 901 }, { issuers, revoked: { [key]: 900 }, open: false, pool }, { role: "viewer", credential: { issuer: "AV", issued: 901 } }],
    ["0 is no expiry", claims("AV", 0), { issuers, open: false, pool }, { role: "viewer" }],
    ["in its own pool", claims("AC"), { issuers, open: false, pool }, { role: "ci" }],
    ["of every pool, for the registry", claims("AC"), { issuers, open: false }, { role: "ci" }],
    ["none, where the node is open", undefined, { issuers: [] as typeof issuers, open: true, pool }, { role: null }],
    ["none, with a credential of elsewhere, where the node is open", claims("AX"), { issuers, open: true, pool }, { role: null }],
  ] as const)("%s", (_what, of, trusted, expected) => expect(judgeCaller(key, of, trusted, now)).toMatchObject({ kind: "bus", key, ...expected }));

  it.each([
    ["no credential", undefined, { issuers, open: false, pool }, "untrusted-caller"],
    ["another fleet's", claims("AX"), { issuers, open: false, pool }, "untrusted-caller"],
    ["expired", claims("AV", 1_000), { issuers, open: false, pool }, "credential-expired"],
    ["expired, and an open node doesn't make it good", claims("AV", 1_000), { issuers, open: true, pool }, "credential-expired"],
    ["taken back", { ...claims("AV"), iat: 900 }, { issuers, revoked: { [key]: 900 }, open: true, pool }, "credential-revoked"],
    ["another pool's", claims("AC"), { issuers, open: false, pool: "other" as PoolName }, "denied"],
  ] as const)("refused: %s", (_what, of, trusted, code) => expect(() => judgeCaller(key, of, trusted, now)).toThrow(expect.objectContaining({ code })));
});
