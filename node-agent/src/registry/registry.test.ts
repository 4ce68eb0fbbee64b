import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { REGISTRY_CONTRACTS, subjects, type Beat, type Credentials, type RegistryView } from "@fleetwire/shared/bus";
import type { PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair, signDocument, type KeyPair } from "@fleetwire/shared/keys";
import { waitFor } from "@fleetwire/shared/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ask, connectOnce, openFleetLink, type Connection, type FleetLink, type FleetLinkDeps } from "../fleet/index.ts";
import { fleet, linkDeps, silent, testNode } from "../fleet/test-node.ts";
import { freePort, startNats, type TestNats } from "../fleet/testing.ts";
import { bundleRegistry, testHome } from "../hub/test-home.ts";
import { runRegistry } from "./index.ts";
import { session, sessionsDispatch } from "./test-sessions.ts";

let cleanups: (() => PromiseLike<unknown>)[];
let bundle: Awaited<ReturnType<typeof bundleRegistry>>;
beforeAll(async () => {
  bundle = await bundleRegistry();
});
afterAll(() => bundle.remove());
beforeEach(() => {
  cleanups = [];
});
afterEach(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
});

async function nats(options: Parameters<typeof startNats>[0] = {}): Promise<TestNats> {
  const server = await startNats(options);
  cleanups.push(() => server[Symbol.asyncDispose]());
  return server;
}
/** A registry on a plain NATS, in this process. @returns stops it */
async function registry(server: TestNats): Promise<() => Promise<void>> {
  const stateDir = mkdtempSync(join(tmpdir(), "fwy-"));
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();
  await new Promise<void>((ready) => {
    running = runRegistry({ stateDir, plain: { urls: [server.url], fleet }, signal: stop.signal, log: silent, onReady: ready });
  });
  const end = async () => {
    stop.abort();
    await running;
    rmSync(stateDir, { recursive: true, force: true });
  };
  cleanups.push(end);
  return end;
}
function open(deps: FleetLinkDeps): FleetLink {
  const link = openFleetLink(deps);
  cleanups.push(() => link[Symbol.asyncDispose]());
  return link;
}

/** Somebody who asks the registry. */
async function caller(urls: readonly string[], credentials?: Credentials, key: KeyPair = createKeyPair("user")) {
  const login = credentials === undefined ? ({ kind: "none" } as const) : ({ kind: "jwt", jwt: credentials.jwt, key } as const);
  const connection: Connection = await connectOnce({ urls, name: "test", login, inboxOf: key.publicKey as PublicKey });
  cleanups.push(() => connection.close());
  const view = async <V extends RegistryView>(name: V, body: unknown = {}) =>
    REGISTRY_CONTRACTS[name].output.parse(
      await ask(connection, { subject: subjects.query(fleet, name, key.publicKey as PublicKey), target: "registry", verb: name, body, key, jwt: credentials?.jwt, signers: credentials?.facts.registries ?? "any", timeoutMs: 3_000 }),
    ) as never;
  return {
    connection,
    key,
    nodes: (body: unknown = {}): Promise<{ nodes: { name: string; state: string; ageMs: number; version: string; key: string }[]; more: boolean; total: number }> => view("nodes", body),
    sessions: (body: unknown = {}): Promise<{ sessions: { target: string }[]; nodes: Record<string, { state: string }>; more: boolean; next?: string; total: number }> => view("sessions", body),
    forget: (body: unknown): Promise<{ forgotten: boolean }> => view("forget", body),
  };
}
type Asker = Awaited<ReturnType<typeof caller>>;
const stateOf = async (asker: Asker, name: string) => (await asker.nodes({ name })).nodes[0]?.state;

describe("the registry on a plain NATS", () => {
  it("believes a link that one agent makes anew under another name", async () => {
    const server = await nats();
    await registry(server);
    const asker = await caller([server.url]);
    const key = createKeyPair("user");
    const deps = linkDeps(testNode("before", key), { urls: [server.url], open: true });
    const first = open(deps);
    await first.ready(10_000);
    await waitFor("the first name", async () => (await stateOf(asker, "before")) === "live");
    await first[Symbol.asyncDispose]();
    const again = open({ ...deps, node: testNode("after", key) });
    await again.ready(10_000);
    await waitFor("the second name", async () => (await stateOf(asker, "after")) === "live");
  });

  it("lists nodes and sessions, keeps them in step by events, and asks when it missed some", async () => {
    const server = await nats();
    await registry(server);
    const asker = await caller([server.url]);
    const node = testNode("box");
    const dispatch = sessionsDispatch(node);
    dispatch.sessions = [session("box", 1, { tags: ["a"] as never }), session("box", 2, { state: "exited" })];
    const link = open(linkDeps(node, { urls: [server.url], open: true }, { dispatch }));
    await link.ready(10_000);
    await waitFor("the sessions", async () => (await asker.sessions()).total === 2);
    expect((await asker.nodes()).nodes).toMatchObject([{ name: "box", state: "live", version: "0.1.0" }]);
    expect((await asker.sessions({ filter: { states: ["running"], tags: ["a"] } })).sessions.map(({ target }) => target)).toEqual(["box:1"]);
    expect((await asker.sessions({ nodes: ["nobody"] })).sessions).toEqual([]);
    const before = dispatch.asked();
    node.emit({ kind: "session-launched", session: session("box", 3) });
    node.emit({ kind: "session-removed", removed: 1 });
    await waitFor("both changes", async () => (await asker.sessions()).sessions.map(({ target }) => target).join() === "box:2,box:3");
    expect(dispatch.asked()).toBe(before);
    // An event is lost on the way: the next beat's revision gives it away.
    dispatch.sessions = [session("box", 4)];
    node.emit({ kind: "session-changed", session: undefined });
    await waitFor("what it was told when it asked", async () => (await asker.sessions()).sessions.map(({ target }) => target).join() === "box:4");
  });

  it("a node with two thousand long sessions stays in the list, and they come page by page", async () => {
    const server = await nats();
    await registry(server);
    const asker = await caller([server.url]);
    const node = testNode("box");
    const dispatch = sessionsDispatch(node);
    dispatch.sessions = Array.from({ length: 2_000 }, (_, i) => session("box", i + 1, { command: ["agent", "p".repeat(4_000)] }));
    const link = open(linkDeps(node, { urls: [server.url], open: true }, { dispatch }));
    await link.ready(10_000);
    await waitFor("all of them", async () => (await asker.sessions({ limit: 1 })).total === 2_000, 20_000);
    const seen: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await asker.sessions({ after });
      seen.push(...page.sessions.map(({ target }) => target));
      after = page.next;
      if (!page.more) break;
    }
    expect(seen).toEqual(dispatch.sessions.map(({ target }) => target));
    expect(link.status().state).toBe("connected");
    expect(await stateOf(asker, "box")).toBe("live");
  });

  it("many nodes come in pages by name", async () => {
    const server = await nats();
    await registry(server);
    const asker = await caller([server.url]);
    const names = Array.from({ length: 1_500 }, (_, i) => `n${String(i).padStart(4, "0")}`);
    for (const name of names) asker.connection.publish(...beatOf(createKeyPair("user"), { name: name as never }));
    await waitFor("all of them", async () => (await asker.nodes({ limit: 1 })).total === names.length);
    const seen: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await asker.nodes({ after });
      seen.push(...page.nodes.map(({ name }) => name));
      after = seen.at(-1);
      if (!page.more) break;
    }
    expect(seen).toEqual(names);
  });

  it("believes no beat that isn't signed by its node, none twice, and no second node of one name", async () => {
    const server = await nats();
    await registry(server);
    const asker = await caller([server.url]);
    const key = createKeyPair("user");
    const rogue = createKeyPair("user");
    const [subject, data] = beatOf(key, { seq: 5 });
    const send = (to: string, text: string) => asker.connection.publish(to, text);
    send(subject, beatOf(rogue)[1]);
    send(subject, "{");
    await asker.connection.flush();
    expect((await asker.nodes()).total).toBe(0);
    send(subject, data);
    await waitFor("the true one", async () => (await asker.nodes()).total === 1);
    send(subject, data);
    send(subject, beatOf(key, { seq: 4, name: "elsewhere" as never })[1]);
    send(...beatOf(rogue));
    await asker.connection.flush();
    const { nodes } = await asker.nodes();
    expect(nodes.map((node) => [node.name, node.key])).toEqual([["box", key.publicKey]]);
  });

  it("grants a name once; a living holder is named, and one that left is not in the way", async () => {
    const server = await nats();
    await registry(server);
    const first = open(linkDeps(testNode("box"), { urls: [server.url] }));
    await first.ready(10_000);
    const second = open(linkDeps(testNode("box"), { urls: [server.url] }));
    await expect(second.ready(10_000)).rejects.toMatchObject({ code: "node-name-taken", message: expect.stringContaining("host-of-box") as string });
    await first[Symbol.asyncDispose]();
    const third = open(linkDeps(testNode("box"), { urls: [server.url] }));
    await third.ready(10_000);
    // Two that ask at the same time: one.
    const pair = [1, 2].map(() => open(linkDeps(testNode("twin"), { urls: [server.url] })));
    const ready = await Promise.allSettled(pair.map((link) => link.ready(10_000)));
    expect(ready.filter(({ status }) => status === "fulfilled").length).toBe(1);
  });

  it("forgets a node when it is told, a living one only by force", async () => {
    const server = await nats();
    await registry(server);
    const asker = await caller([server.url]);
    const link = open(linkDeps(testNode("box"), { urls: [server.url] }));
    await link.ready(10_000);
    await waitFor("the node", async () => (await asker.nodes()).total === 1);
    await expect(asker.forget({ name: "box" })).rejects.toMatchObject({ code: "still-running" });
    await link[Symbol.asyncDispose]();
    await waitFor("its farewell", async () => (await stateOf(asker, "box")) === "suspect");
    expect(await asker.forget({ name: "box" })).toEqual({ forgotten: true });
    expect((await asker.nodes()).total).toBe(0);
    expect(await asker.forget({ name: "box" })).toEqual({ forgotten: false });
  });

  it("all registries forget it, whichever answers", async () => {
    const server = await nats();
    await registry(server);
    await registry(server);
    const asker = await caller([server.url]);
    const link = open(linkDeps(testNode("box"), { urls: [server.url] }));
    await link.ready(10_000);
    const totals = async () => new Set(await Promise.all(Array.from({ length: 20 }, async () => (await asker.nodes()).total)));
    await waitFor("both know the node", async () => [...(await totals())].join() === "1");
    expect(await asker.forget({ name: "box", force: true })).toEqual({ forgotten: true });
    expect([...(await totals())]).toEqual([0]);
  });

  it("with JetStream its rows outlive it, sessions too; without, it starts empty and fills again", async () => {
    const server = await nats({ jetstream: true });
    const stop = await registry(server);
    const asker = await caller([server.url]);
    const node = testNode("box");
    const dispatch = sessionsDispatch(node);
    dispatch.sessions = [session("box", 1), session("box", 2)];
    const link = open(linkDeps(node, { urls: [server.url], open: true }, { dispatch }));
    await link.ready(10_000);
    await waitFor("the sessions", async () => (await asker.sessions()).total === 2);
    await link[Symbol.asyncDispose]();
    await waitFor("its farewell", async () => (await stateOf(asker, "box")) === "suspect");
    await stop();
    await expect(asker.nodes()).rejects.toMatchObject({ code: "node-unreachable" });
    await registry(server);
    expect(await stateOf(asker, "box")).toBe("suspect");
    expect((await asker.sessions()).sessions.map(({ target }) => target)).toEqual(["box:1", "box:2"]);
    expect((await asker.nodes()).nodes[0]?.ageMs).toBeGreaterThan(0);
  });
});

describe("the registry of a hub", () => {
  it("suspects a killed node at once, and keeps its row", async () => {
    const home = testHome(bundle.command);
    cleanups.push(() => home.dispose());
    await home.hub.init({ natsPort: await freePort() });
    await home.hub.up();
    const { credentials, key } = home.caller();
    const asker = await caller(credentials.facts.urls, credentials, key);
    const node = await caller(home.node().facts.urls, home.node(), home.nodeKey);
    node.connection.publish(...beatOf(home.nodeKey));
    await waitFor("the node", async () => (await stateOf(asker, "box")) === "live");
    // The connection breaks without a farewell.
    await node.connection.close();
    await waitFor("suspicion, long before the third missing beat", async () => (await stateOf(asker, "box")) === "suspect", 5_000);
    expect((await asker.nodes()).total).toBe(1);
    // A node's credential may not forget nodes: NATS refuses to carry it.
    const again = await caller(home.node().facts.urls, home.node(), home.nodeKey);
    again.connection.publish(...beatOf(home.nodeKey, { seq: 2 }));
    await waitFor("alive again", async () => (await stateOf(asker, "box")) === "live");
    await expect(again.forget({ name: "box", force: true })).rejects.toMatchObject({ code: expect.stringMatching(/timeout|nats-/) as string });
  });
});

function beatOf(key: KeyPair, more: Partial<Beat> = {}): [string, string] {
  const beat: Beat = { v: 1, name: "box" as never, pool: "default" as never, inst: "i", epoch: 1, seq: 1, rev: 0, load: 0, run: 0, total: 0, ...more };
  return [subjects.beat(fleet, key.publicKey as PublicKey), JSON.stringify(signDocument("fleet.beat.1", beat, key))];
}
