// What a broker can do to a fleet's trust: hold a statement back, and nothing else.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sealTrust, subjects, type FleetFacts, type FleetTrust } from "@fleetwire/shared/bus";
import type { IssuerKey, PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair, readUserJwt } from "@fleetwire/shared/keys";
import { waitFor } from "@fleetwire/shared/testing";
import { encodeUser } from "@nats-io/jwt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, connectOnce, openFleetLink, openNodeTrust } from "./index.ts";
import { renewAt } from "./renewal.ts";
import { fleet, linkDeps, pool, silent, testNode } from "./test-node.ts";
import { startNats } from "./testing.ts";

const registry = createKeyPair("user");
const [account, viewers] = [createKeyPair("account"), createKeyPair("account")];
const issuers = [{ key: viewers.publicKey as IssuerKey, role: "viewer" as const }];
const statement = (revision: number, more: Partial<FleetTrust> = {}): FleetTrust => ({ v: 1, fleet, revision, issuers, revoked: {}, renew: {}, ...more });

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fwt-"));
  file = join(directory, "trust.json");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const facts = (urls: string[] = []): FleetFacts => ({ fleet, pool, urls, issuers, registries: [registry.publicKey as PublicKey] });
const open = () => openNodeTrust({ file, facts: facts(), log: silent });

describe("whom a node believes", () => {
  it("is what the registry said last, over restarts", () => {
    const trust = open();
    const heard: number[] = [];
    trust.onChange(({ revision }) => heard.push(revision));
    expect(trust.current()).toMatchObject({ revision: 0, issuers });
    expect(trust.take(sealTrust(statement(3, { revoked: { UX: 5 } }), registry))).toBe(true);
    expect(trust.take(sealTrust(statement(3), registry))).toBe(false);
    expect(trust.take(sealTrust(statement(2), registry))).toBe(false);
    expect(trust.take(sealTrust(statement(9, { fleet: "other" as never }), registry))).toBe(false);
    expect(heard).toEqual([3]);
    expect(open().current()).toMatchObject({ revision: 3, revoked: { UX: 5 } });
  });

  it.each([
    ["somebody else", () => sealTrust(statement(9), createKeyPair("user"))],
    ["nobody: changed on its way", () => ({ ...sealTrust(statement(9), registry), p: JSON.stringify(statement(10)) })],
  ])("is nothing that %s signed", (_who, forged) => {
    const trust = open();
    expect(() => trust.take(forged())).toThrow(expect.objectContaining({ code: "bad-signature" }));
    // Nor what lies in the file.
    writeFileSync(file, JSON.stringify(forged()));
    expect(open().current().revision).toBe(0);
  });
});

describe("a revoked credential", () => {
  it("is refused by the node itself, whatever server lets it through", async () => {
    await using server = await startNats();
    const node = testNode("box");
    const nodeJwt = await encodeUser("box", node.key.publicKey, account.seed);
    const trust = open();
    const credentials = { version: 1, facts: facts([server.url]), role: "node", key: node.key.publicKey as PublicKey, jwt: nodeJwt } as const;
    await using link = openFleetLink(linkDeps(node, { urls: [server.url], credentials }, { trust }));
    await link.ready(15_000);
    const caller = createKeyPair("user");
    const jwt = await encodeUser("ann", caller.publicKey, account.publicKey, {}, { signer: viewers.seed, scopedUser: true });
    const connection = await connectOnce({ urls: [server.url], name: "test", login: { kind: "none" }, inboxOf: caller.publicKey as PublicKey });
    const list = () => ask(connection, { subject: subjects.request(fleet, pool, node.key.publicKey as PublicKey, "session-list", caller.publicKey as PublicKey), target: node.key.publicKey, verb: "session-list", body: {}, key: caller, jwt, signers: [node.key.publicKey], timeoutMs: 3_000 });
    expect(await list()).toMatchObject({ verb: "session-list" });

    const subject = subjects.trust(fleet, registry.publicKey as PublicKey);
    const forged = sealTrust(statement(7, { issuers: [] }), createKeyPair("user"));
    const revoked = { [caller.publicKey]: readUserJwt(jwt).iat ?? 0 };
    for (const said of [forged, "garbage", sealTrust(statement(2, { revoked }), registry), sealTrust(statement(1), registry)]) connection.publish(subject, JSON.stringify(said));
    await waitFor("the node has heard it", () => trust.current().revision === 2);
    await expect(list()).rejects.toMatchObject({ code: "credential-revoked" });
    await connection.close();
  });
});

describe("when a node asks for its next credential", () => {
  const of = { sub: "UA", iss: viewers.publicKey, iat: 1_000, exp: 3_000 };
  it.each([
    ["at half its life", of, {}, 2_000_000],
    ["never, when it doesn't expire", { ...of, exp: 0 }, {}, undefined],
    ["at once, when its signing key is being replaced", of, { issuers: [{ ...issuers[0], retiring: true }] }, 0],
    ["at once, when it is asked back", of, { renew: { UA: 1_000 } }, 0],
    ["at half its life, when an earlier one was asked back", of, { renew: { UA: 999 } }, 2_000_000],
  ] as const)("%s", (_what, claims, more, at) => expect(renewAt(claims, statement(1, more as Partial<FleetTrust>))).toBe(at));
});
