// The life of credentials on a real hub: they end, nodes renew theirs, and a token enrols once however many registries there are.
import { cpSync, lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Credentials } from "@fleetwire/shared/bus";
import type { PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair, keyPairFromSeed, readUserJwt, type KeyPair } from "@fleetwire/shared/keys";
import { counts, waitFor } from "@fleetwire/shared/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connectOnce, openFleetLink, openNodeTrust, type Connection } from "../fleet/index.ts";
import { keepRenewed } from "../fleet/renewal.ts";
import { linkDeps, silent, testNode } from "../fleet/test-node.ts";
import { freePort } from "../fleet/testing.ts";
import { runRegistry } from "../registry/index.ts";
import { joinFleet } from "./index.ts";
import { bundleRegistry, testHome, type TestHome } from "./test-home.ts";

const DAY_S = 86_400;
let registry: Awaited<ReturnType<typeof bundleRegistry>>;
let cleanups: (() => PromiseLike<unknown> | void)[];
beforeAll(async () => {
  registry = await bundleRegistry();
});
afterAll(() => registry.remove());
beforeEach(() => {
  cleanups = [];
});
afterEach(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
});

async function upHome(): Promise<TestHome> {
  const made = testHome(registry.command);
  cleanups.push(() => made.dispose());
  await made.hub.init({ natsPort: await freePort() });
  await made.hub.up();
  return made;
}
/** As a person's copy: what runs there has its sockets open. */
const isCopied = (path: string) => !lstatSync(path).isSocket();
function directory(): string {
  const made = mkdtempSync(join(tmpdir(), "fwc-"));
  cleanups.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
}
const join1 = (token: string, nodeKey = createKeyPair("user"), home = directory()) => joinFleet({ stateDir: home, configDir: home, nodeKey, hostname: "box" }, token);
async function dial(credentials: Credentials, key: KeyPair): Promise<Connection> {
  const connection = await connectOnce({ urls: credentials.facts.urls, name: "test", login: { kind: "jwt", jwt: credentials.jwt, key }, inboxOf: key.publicKey as PublicKey, ca: credentials.facts.ca });
  cleanups.push(() => connection.close());
  return connection;
}
const lifetime = (jwt: string) => {
  const { iat = 0, exp = 0 } = readUserJwt(jwt);
  return exp === 0 ? null : exp - iat;
};
const near = (seconds: number | null, wanted: number) => seconds !== null && Math.abs(seconds - wanted) <= 2;

describe("credentials end", () => {
  it("after 30 days, ci's after one, or as said; the hub's own do what their owner can do anyway", async () => {
    const made = await upHome();
    const { hub } = made;
    expect(near(lifetime(made.node().jwt), 30 * DAY_S)).toBe(true);
    expect(lifetime(made.caller().credentials.jwt)).toBeNull();
    const { token: ci } = await hub.token({ role: "ci" });
    expect(near(lifetime((await join1(ci)).credentials.jwt), DAY_S)).toBe(true);
    const { token: viewer } = await hub.token({ role: "viewer", name: "ann" });
    expect(near(lifetime((await join1(viewer)).credentials.jwt), 30 * DAY_S)).toBe(true);
    const { token: longer } = await hub.token({ role: "viewer", credentialExpiresInS: 90 * DAY_S });
    expect(near(lifetime((await join1(longer)).credentials.jwt), 90 * DAY_S)).toBe(true);
    const { issued } = hub.tokens();
    expect(issued.filter(({ kind }) => kind === "token").map(({ role, state }) => `${role} ${state}`)).toEqual(["ci used", "viewer used", "viewer used"]);
    expect(issued.filter(({ kind }) => kind === "credential").map(({ role }) => role).toSorted()).toEqual(["admin", "ci", "node", "registry", "viewer", "viewer"]);
  });

  it("and the server ends the connection then", async () => {
    const { hub } = await upHome();
    const { token } = await hub.token({ role: "viewer", credentialExpiresInS: 3 } as never);
    const home = directory();
    const { credentials } = await join1(token, undefined, home);
    const connection = await dial(credentials, keyPairFromSeed(readFileSync(join(home, "caller.nk"), "utf8")));
    await waitFor("the connection is ended", () => connection.isClosed(), 8_000);
    expect(hub.tokens().issued.find(({ id }) => id === credentials.key)?.state).toBe("expired");
  });

  it("a node has its next one before, from half the life on, by whatever clock", async () => {
    const { hub, events } = await upHome();
    const { token } = await hub.token({ role: "node", name: "gpu-box" });
    const nodeKey = createKeyPair("user");
    const { credentials } = await join1(token, nodeKey);
    const connection = await dial(credentials, nodeKey);
    const trust = openNodeTrust({ file: join(directory(), "trust.json"), facts: credentials.facts, log: silent });
    const settings = { ...credentials.facts, open: false, credentials };
    let days = 14;
    const renewed: string[] = [];
    const renewal = () => keepRenewed(connection, { settings, nodeKey, log: silent, trust, onRenewed: (jwt) => renewed.push(jwt), now: () => Date.now() + days * DAY_S * 1_000 });
    const early = renewal();
    await sleep(2_500);
    early[Symbol.dispose]();
    expect(renewed).toEqual([]);
    days = 16;
    using _late = renewal();
    await waitFor("the next credential", () => renewed.length > 0, 8_000);
    expect(readUserJwt(renewed[0] ?? "").iat).toBeGreaterThan(readUserJwt(credentials.jwt).iat ?? 0);
    expect(near(lifetime(renewed[0] ?? ""), 30 * DAY_S)).toBe(true);
    expect(hub.tokens().issued.find(({ id }) => id === nodeKey.publicKey)).toMatchObject({ state: "live", renewedAt: expect.any(String) as string });
    expect(events.map(({ kind }) => kind)).toEqual(["hub-init", "token-created"]);
  });

  it("a key that nobody enrolled renews nothing, though somebody signed it", async () => {
    const made = await upHome();
    const { signers } = JSON.parse(`{"signers":${readFileSync(join(made.stateDir, "hub/registry/signers.json"), "utf8")}}`) as { signers: { account: string; keys: { role: string; seed: string }[] } };
    const { mintScopedUser } = await import("../registry/index.ts");
    const thief = createKeyPair("user");
    const jwt = await mintScopedUser({ account: signers.account, signer: signers.keys.find(({ role }) => role === "node")?.seed ?? "", user: thief.publicKey, name: "thief", expires: Math.floor(Date.now() / 1000) + 60 });
    const credentials = { ...made.node(), key: thief.publicKey as PublicKey, jwt };
    const connection = await dial(credentials, thief);
    const { ask } = await import("../fleet/index.ts");
    const { subjects } = await import("@fleetwire/shared/bus");
    const question = { subject: subjects.query(credentials.facts.fleet, "renew", thief.publicKey as PublicKey), target: "registry", verb: "renew", body: {}, key: thief, jwt, signers: credentials.facts.registries, timeoutMs: 3_000 };
    await expect(ask(connection, question)).rejects.toMatchObject({ code: "unknown-credential" });
  });
});

/** Whose signature makes a viewer. */
const issuerOf = (made: TestHome) => {
  const { keys } = JSON.parse(readFileSync(join(made.stateDir, "hub/registry/signers.json"), "utf8")) as { keys: { role: string; seed: string }[] };
  return keyPairFromSeed(keys.find(({ role }) => role === "viewer")?.seed ?? "", "account").publicKey;
};

describe("of several registries", () => {
  /** Another registry, in this process. */
  async function another(stateDir: string): Promise<void> {
    const stop = new AbortController();
    let running: Promise<void> = Promise.resolve();
    await new Promise<void>((ready) => {
      running = runRegistry({ stateDir, signal: stop.signal, log: silent, onReady: ready });
    });
    cleanups.push(async () => {
      stop.abort();
      await running;
    });
  }
  const parallel = counts(50, 200);

  it.each(["the same directory", "a copy of it"])("on %s exactly one enrols one key for a token", async (where) => {
    const made = await upHome();
    const hubDirectory = join(made.stateDir, "hub");
    const copy = join(directory(), "hub");
    if (where === "a copy of it") cpSync(hubDirectory, copy, { recursive: true, filter: isCopied });
    await another(where === "a copy of it" ? copy : hubDirectory);
    const { token } = await made.hub.token({ role: "viewer" });
    const results = await Promise.allSettled(Array.from({ length: parallel }, () => join1(token)));
    const won = results.filter((result) => result.status === "fulfilled");
    // On a machine that is busy some don't reach the server in time, and the winner's answer may be late: what counts is what was signed.
    const codes = results.flatMap((result) => (result.status === "rejected" ? [(result.reason as { code: string }).code] : []));
    expect(codes.filter((code) => !["bad-token", "nats-unreachable", "timeout"].includes(code))).toEqual([]);
    expect(codes).toContain("bad-token");
    expect(won.length).toBeLessThanOrEqual(1);
    // Whichever it was: the hub knows of it.
    await waitFor("the hub's list has it", () => made.hub.tokens().issued.filter(({ kind, role }) => kind === "credential" && role === "viewer").length === 1);
    const [enrolled] = made.hub.tokens().issued.filter(({ kind, role }) => kind === "credential" && role === "viewer");
    expect(made.hub.tokens().issued.find(({ kind }) => kind === "token")).toMatchObject({ state: "used", used: { key: enrolled?.id } });
    if (won[0] !== undefined) expect(won[0].value.credentials.key).toBe(enrolled?.id);
  });

  it("a copy hears from the other what was taken back, and signs nothing with keys of yesterday", async () => {
    const made = await upHome();
    const copy = join(directory(), "hub");
    cpSync(join(made.stateDir, "hub"), copy, { recursive: true, filter: isCopied });
    await another(copy);
    await made.hub.rotate({ what: { role: "viewer" } });
    await waitFor("the copy has heard it", () => {
      try {
        return readFileSync(join(copy, "registry/statement.json"), "utf8").length > 0;
      } catch {
        return false;
      }
    }, 5_000);
    const issuer = issuerOf(made);
    const answers = new Set<string>();
    for (let tries = 0; tries < 40 && !answers.has("bad-config"); tries++) {
      const { token } = await made.hub.token({ role: "viewer" });
      answers.add(await join1(token).then(({ credentials }) => readUserJwt(credentials.jwt).iss, (error: { code: string }) => error.code));
    }
    // Now and then the copy was asked, and what was signed is signed by the new key.
    expect([...answers].filter((answer) => answer !== issuer)).toEqual(["bad-config"]);
  });
});

describe("keys that are replaced while the hub is down", () => {
  it("leave one for each role, also after a rotation that was cut off half-way", async () => {
    const made = testHome(registry.command);
    cleanups.push(() => made.dispose());
    await made.hub.init({ natsPort: await freePort() });
    const file = join(made.stateDir, "hub/registry/signers.json");
    type Keys = { keys: { role: string; seed: string; retiring?: boolean }[] };
    const read = () => JSON.parse(readFileSync(file, "utf8")) as Keys;
    const [before, cut] = [read(), createKeyPair("account").seed];
    writeFileSync(file, JSON.stringify({ ...before, keys: [...before.keys, { role: "admin", seed: cut, retiring: true }] }));
    const { seed } = before.keys.find(({ role }) => role === "admin") ?? { seed: "" };
    const owner = made.caller().credentials.jwt;
    expect(await made.hub.rotate({ what: { role: "admin" } })).toMatchObject({ renewed: [{ name: "owner" }], mustJoin: [], told: false });
    const admins = read().keys.filter(({ role }) => role === "admin");
    expect(admins.map(({ retiring }) => retiring)).toEqual([undefined]);
    expect([seed, cut]).not.toContain(admins[0]?.seed);
    expect(readUserJwt(made.caller().credentials.jwt).iss).not.toBe(readUserJwt(owner).iss);
    expect(made.events.map(({ kind }) => kind)).toEqual(["hub-init", "renewed", "rotated"]);
    // The registry's own credential is nobody's to take back, and a name is one's own or nobody's.
    await expect(made.hub.revoke({ which: "registry" })).rejects.toMatchObject({ code: "not-supported" });
    await expect(made.hub.rotate({ what: { role: "node", pool: "nowhere" as never } })).rejects.toMatchObject({ code: "bad-input" });
    await made.hub.token({ role: "viewer", name: "twin" });
    await made.hub.token({ role: "viewer", name: "twin" });
    await expect(made.hub.revoke({ which: "twin" })).rejects.toMatchObject({ code: "bad-input", message: expect.stringContaining("means 2 of them") as string });
    expect(await made.hub.revoke({ which: made.hub.tokens().issued[0]?.id.slice(0, 12) ?? "" })).toMatchObject({ told: false, revoked: [{ state: "revoked" }] });
  });
});

describe("a hub of an earlier release", () => {
  it("gains the verbs of this one at its next start, and credentials that were given out stay good", async () => {
    const made = await upHome();
    const { token } = await made.hub.token({ role: "node", name: "gpu-box" });
    const nodeKey = createKeyPair("user");
    const { credentials } = await join1(token, nodeKey);
    // The account as a release would have made it whose table had less.
    const { encodeAccount } = await import("@nats-io/jwt");
    const file = join(made.stateDir, "hub/operator.json");
    const operator = JSON.parse(readFileSync(file, "utf8")) as { operator: string; fleet: { seed: string; jwt: string } };
    const claims = JSON.parse(Buffer.from(operator.fleet.jwt.split(".")[1] ?? "", "base64url").toString("utf8")) as { nats: { signing_keys: { template: { sub: { allow: string[] } } }[] } };
    for (const { template } of claims.nats.signing_keys) template.sub.allow = template.sub.allow.filter((subject) => !subject.includes(".trust."));
    const jwt = await encodeAccount("FLEET", operator.fleet.seed, claims.nats as never, { signer: operator.operator });
    await made.hub.down();
    writeFileSync(file, JSON.stringify({ ...operator, fleet: { ...operator.fleet, jwt } }));
    rmSync(join(made.stateDir, "hub/nats/accounts"), { recursive: true, force: true });
    await made.again().up();
    const trust = openNodeTrust({ file: join(directory(), "trust.json"), facts: credentials.facts, log: silent });
    const link = openFleetLink(linkDeps(testNode("gpu-box", nodeKey), { urls: credentials.facts.urls, credentials }, { trust }));
    cleanups.push(() => link[Symbol.asyncDispose]());
    await link.ready(10_000);
    await made.hub.token({ role: "ci", pool: "gpu" as never });
    await waitFor("the statement arrives", () => trust.current().issuers.some(({ pool }) => pool === "gpu"), 5_000);
  });
});
