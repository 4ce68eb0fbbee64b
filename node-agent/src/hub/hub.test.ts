import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { decodeJoinToken, encodeJoinToken, fleetNodes, subjects, type Credentials } from "@fleetwire/shared/bus";
import type { PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair, type KeyPair } from "@fleetwire/shared/keys";
import { waitFor } from "@fleetwire/shared/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ask, connectOnce, openFleetLink, type Connection } from "../fleet/index.ts";
import { linkDeps, testNode } from "../fleet/test-node.ts";
import { freePort, isListening } from "../fleet/testing.ts";
import { joinFleet } from "./index.ts";
import { bundleRegistry, testHome, type TestHome } from "./test-home.ts";

let registry: Awaited<ReturnType<typeof bundleRegistry>>;
let cleanups: (() => PromiseLike<unknown>)[];
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

function home(): TestHome {
  const made = testHome(registry.command);
  cleanups.push(() => made.dispose());
  return made;
}
async function dial(credentials: Credentials, key: KeyPair): Promise<Connection> {
  const connection = await connectOnce({ urls: credentials.facts.urls, name: "test", login: { kind: "jwt", jwt: credentials.jwt, key }, inboxOf: key.publicKey as PublicKey, ca: credentials.facts.ca });
  cleanups.push(() => connection.close());
  return connection;
}
async function nodes(connection: Connection, credentials: Credentials, key: KeyPair) {
  const answer = await ask(connection, { subject: subjects.query(credentials.facts.fleet, "nodes", key.publicKey as PublicKey), target: "registry", verb: "nodes", body: {}, key, jwt: credentials.jwt, signers: credentials.facts.registries, timeoutMs: 3_000 });
  return fleetNodes.output.parse(answer).nodes;
}
function filesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [join(directory, entry.name), ...filesBelow(join(directory, entry.name))] : [join(directory, entry.name)]));
}

describe("hub init", () => {
  it("makes a hub that is its owner's alone, and refuses to make a second one", async () => {
    const { hub, directory, stateDir } = home();
    const port = await freePort();
    expect(await hub.init({ natsPort: port })).toEqual({ fleet: "default", urls: [`nats://127.0.0.1:${port}`], directory: join(stateDir, "hub"), publicBind: false });
    for (const file of filesBelow(directory)) expect([file, statSync(file).mode & 0o077]).toEqual([file, 0]);
    const before = filesBelow(directory).length;
    await expect(hub.init({})).rejects.toMatchObject({ code: "hub-exists" });
    expect(filesBelow(directory).length).toBe(before);
  });

  it("leaves nothing half made", async () => {
    const { hub, stateDir } = home();
    // The place is there and can't be moved over.
    mkdirSync(join(stateDir, "hub"), { recursive: true });
    writeFileSync(join(stateDir, "hub", "x"), "");
    await expect(hub.init({})).rejects.toMatchObject({ code: "hub-exists" });
    expect(readdirSync(stateDir)).toEqual(["hub"]);
    expect(hub.exists()).toBe(false);
    await expect(hub.up()).rejects.toMatchObject({ code: "hub-missing" });
  });
});

describe("a hub's life", () => {
  it("up, seen, adopted by the next agent, down", async () => {
    const made = home();
    const { hub } = made;
    const port = await freePort();
    await hub.init({ natsPort: port });
    const up = await hub.up();
    expect(up.parts.slice(0, 2).map(({ name, state }) => [name, state])).toEqual([["nats-server", "running"], ["registry", "running"]]);
    expect(up.natsVersion).toMatch(/^\d+\.\d+/);
    const { credentials, key } = made.caller();
    const connection = await dial(credentials, key);
    expect(await nodes(connection, credentials, key)).toEqual([]);

    const node = testNode("box", made.nodeKey);
    const link = openFleetLink(linkDeps(node, { urls: made.node().facts.urls, credentials: made.node() }));
    await link.ready(10_000);
    expect(link.status()).toMatchObject({ state: "connected", unprotected: false });
    await waitFor("the node in the list", async () => (await nodes(connection, credentials, key)).some(({ name, state, hostname }) => name === "box" && state === "live" && hostname === "host-of-box"));

    // The agent goes, the hub stays; the next agent finds the same processes.
    hub[Symbol.dispose]();
    const next = made.again();
    await next.resume();
    expect((await next.status()).parts.map(({ pid }) => pid)).toEqual(up.parts.map(({ pid }) => pid));

    // A kill -9 of the registry is mended, and the node is still listed: rows are kept twice a second.
    await sleep(1_200);
    process.kill(up.parts[1]?.pid ?? 0, "SIGKILL");
    await waitFor("another registry", async () => {
      const part = (await next.status()).parts[1];
      return part?.state === "running" && part.pid !== up.parts[1]?.pid;
    });
    await waitFor("its list", async () => (await nodes(connection, credentials, key)).some(({ name }) => name === "box"));

    await link[Symbol.asyncDispose]();
    const down = await next.down();
    expect(down.parts.map(({ state }) => state)).toEqual(["stopped", "stopped", "stopped"]);
    expect(await isListening(port)).toBe(false);
    // What was taken down stays down.
    const third = made.again();
    await third.resume();
    expect((await third.status()).parts[0]?.state).toBe("stopped");
  });

  it("a taken port is named, and the next free default is chosen at init", async () => {
    const { hub } = home();
    const port = await freePort();
    await hub.init({ natsPort: port });
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(port, "127.0.0.1", resolve));
    try {
      await expect(hub.up()).rejects.toMatchObject({ code: "port-taken", message: expect.stringContaining(String(port)) as string });
    } finally {
      squatter.close();
    }
    expect((await hub.up()).parts[0]?.state).toBe("running");
    // Whoever has the usual port here, us or somebody else: a hub whose port wasn't chosen takes another one.
    const usual = createServer().on("error", () => undefined);
    await new Promise<void>((resolve) => usual.listen(4222, "127.0.0.1", resolve).once("error", () => resolve()));
    const { urls } = await home().hub.init({});
    usual.close();
    expect(urls[0]).toMatch(/^nats:\/\/127\.0\.0\.1:\d+$/);
    expect(urls[0]).not.toMatch(/:4222$/);
  });

  it("with a host name it speaks TLS only, under a certificate of its own authority", async () => {
    const made = home();
    const port = await freePort();
    const { urls, publicBind } = await made.hub.init({ natsPort: port, host: "localhost" });
    expect({ urls, publicBind }).toEqual({ urls: [`tls://localhost:${port}`], publicBind: true });
    await made.hub.up();
    const { credentials, key } = made.caller();
    expect(await nodes(await dial(credentials, key), credentials, key)).toEqual([]);
    // Only where others come from outside there is a relay for them.
    expect((await made.hub.status()).parts).toContainEqual(expect.objectContaining({ name: "relay", state: "running" }));
    expect(made.hub.gatewayPlan()).toMatchObject({ relay: join(made.stateDir, "hub/run/relay.sock") });
    const { token } = await made.hub.token({ role: "viewer" });
    const { facts } = decodeJoinToken(token);
    expect(facts.urls).toEqual([`tls://localhost:${port}`]);
    // Another authority's word isn't taken, and without TLS nothing is said.
    const login = { kind: "jwt", jwt: credentials.jwt, key } as const;
    await expect(connectOnce({ urls: facts.urls, name: "test", login })).rejects.toMatchObject({ code: "nats-unreachable" });
    await expect(connectOnce({ urls: [`nats://127.0.0.1:${port}`], name: "test", login })).rejects.toMatchObject({ code: "nats-unreachable" });
  });
});

describe("a relay that can't start", () => {
  it("keeps no hub from serving, and its status says why", async () => {
    const made = home();
    await made.hub.init({ natsPort: await freePort(), host: "localhost" });
    // Something that is no socket lies in its place.
    mkdirSync(join(made.stateDir, "hub/run/relay.sock/full"), { recursive: true });
    const { parts } = await made.hub.up();
    expect(parts).toMatchObject([{ name: "nats-server", state: "running" }, { name: "registry", state: "running" }, { name: "relay", state: "failed" }, {}]);
    expect(parts[2]?.detail).toContain("relay");
    const { credentials, key } = made.caller();
    expect(await nodes(await dial(credentials, key), credentials, key)).toEqual([]);
  });
});

describe("join tokens", () => {
  it("make another home a node, once; the private key stays there", async () => {
    const made = home();
    await made.hub.init({ natsPort: await freePort() });
    await made.hub.up();
    const other = home();
    const nodeKey = createKeyPair("user");
    const deps = { stateDir: other.stateDir, configDir: other.configDir, nodeKey, hostname: "gpu" };
    const { token } = await made.hub.token({ role: "node", name: "gpu-box" });
    expect(token).not.toContain(nodeKey.seed);
    const joined = await joinFleet(deps, token);
    expect(joined).toMatchObject({ node: true, credentials: { role: "node", name: "gpu-box", key: nodeKey.publicKey } });
    const link = openFleetLink(linkDeps(testNode("gpu-box", nodeKey), { urls: joined.credentials.facts.urls, credentials: joined.credentials }));
    cleanups.push(() => link[Symbol.asyncDispose]());
    await link.ready(10_000);
    const { credentials, key } = made.caller();
    const connection = await dial(credentials, key);
    await waitFor("both views of it", async () => (await nodes(connection, credentials, key)).some(({ name }) => name === "gpu-box"));
    // The admin of the hub's home asks the new node directly.
    const answer = await ask(connection, { subject: subjects.request(credentials.facts.fleet, credentials.facts.pool, nodeKey.publicKey as PublicKey, "session-list", key.publicKey as PublicKey), target: nodeKey.publicKey, verb: "session-list", body: {}, key, jwt: credentials.jwt, signers: [nodeKey.publicKey], timeoutMs: 3_000 });
    expect(answer).toMatchObject({ verb: "session-list" });

    await expect(joinFleet(deps, token)).rejects.toMatchObject({ code: "bad-token", message: expect.stringContaining("used before") as string });
    await expect(joinFleet({ ...deps, nodeKey: createKeyPair("user") }, token)).rejects.toMatchObject({ code: "bad-token" });
    // Also after the registry was restarted.
    process.kill((await made.hub.status()).parts[1]?.pid ?? 0, "SIGKILL");
    await waitFor("the registry to answer again", async () => nodes(connection, credentials, key));
    await expect(joinFleet(deps, token)).rejects.toMatchObject({ code: "bad-token" });
  });

  it("give their own role and no other, whatever the text around the credential says", async () => {
    const made = home();
    await made.hub.init({ natsPort: await freePort() });
    await made.hub.up();
    const other = home();
    const deps = { stateDir: other.stateDir, configDir: other.configDir, nodeKey: createKeyPair("user"), hostname: "laptop" };
    const { token } = await made.hub.token({ role: "viewer", name: "ann@laptop" });
    const joined = await joinFleet(deps, encodeJoinToken({ ...decodeJoinToken(token), role: "admin" }));
    expect(joined.credentials).toMatchObject({ role: "viewer", name: "ann@laptop" });
    expect(other.caller().key.publicKey).toBe(joined.credentials.key);
    // A caller's own credential is no join token.
    const { credentials, key } = made.caller();
    await expect(joinFleet(deps, encodeJoinToken({ ...decodeJoinToken(token), jwt: credentials.jwt, seed: key.seed }))).rejects.toMatchObject({ code: expect.stringMatching(/bad-token|timeout|nats-/) as string });
    await expect(joinFleet(deps, token.slice(0, -40))).rejects.toMatchObject({ code: "bad-token" });
    await expect(made.hub.token({ role: "node", name: "fleet" })).rejects.toMatchObject({ code: "bad-name" });
  });

  it("expire, and a new pool's keys reach the running server", async () => {
    const made = home();
    await made.hub.init({ natsPort: await freePort() });
    await made.hub.up();
    const other = home();
    const deps = { stateDir: other.stateDir, configDir: other.configDir, nodeKey: createKeyPair("user"), hostname: "gpu" };
    const { token } = await made.hub.token({ role: "node", name: "late", expiresInS: 1 } as never);
    const { token: pooled } = await made.hub.token({ role: "node", name: "gpu-1", pool: "gpu" as never });
    const joined = await joinFleet(deps, pooled);
    expect(joined.credentials.facts.pool).toBe("gpu");
    const link = openFleetLink(linkDeps(testNode("gpu-1", deps.nodeKey), { urls: joined.credentials.facts.urls, credentials: joined.credentials, pool: joined.credentials.facts.pool }));
    cleanups.push(() => link[Symbol.asyncDispose]());
    await link.ready(10_000);
    await waitFor("the token to expire", async () => joinFleet(deps, token).then(() => false, (error: { code: string }) => error.code === "bad-token"));
  });
});
