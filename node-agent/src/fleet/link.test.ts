import { setTimeout as sleep } from "node:timers/promises";
import { Beat, FleetEvent, readNodeOfSubject, sealRequest, subjects } from "@fleetwire/shared/bus";
import type { PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair, verifyDocument, type KeyPair, type Signed } from "@fleetwire/shared/keys";
import { waitFor } from "@fleetwire/shared/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, connectOnce, openFleetLink, scatter, type Connection, type FleetLink, type FleetLinkDeps } from "./index.ts";
import { fleet, linkDeps, pool, testDispatch, testNode, type TestNode } from "./test-node.ts";
import { startNats, type TestNats } from "./testing.ts";

let cleanups: (() => PromiseLike<unknown>)[];
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
function open(deps: FleetLinkDeps): FleetLink {
  const link = openFleetLink(deps);
  cleanups.push(() => link[Symbol.asyncDispose]());
  return link;
}
async function dial(url: string, key: KeyPair): Promise<Connection> {
  const connection = await connectOnce({ urls: [url], name: "test", login: { kind: "none" }, inboxOf: key.publicKey as PublicKey });
  cleanups.push(() => connection.close());
  return connection;
}
const request = (node: TestNode, verb: string, key: KeyPair) => subjects.request(fleet, pool, node.key.publicKey as PublicKey, verb, key.publicKey as PublicKey);
const question = (node: TestNode, verb: string, key: KeyPair, body: unknown = {}) => ({ subject: request(node, verb, key), target: node.key.publicKey, verb, body, key, signers: [node.key.publicKey], timeoutMs: 3_000 });

describe("a plain NATS", () => {
  it("an open node answers anybody, signed; errors come as data", async () => {
    const server = await nats();
    const node = testNode("box");
    const dispatch = testDispatch();
    const link = open(linkDeps(node, { urls: [server.url], open: true }, { dispatch }));
    await link.ready(10_000);
    expect(link.status()).toMatchObject({ state: "connected", fleet, unprotected: true });
    const key = createKeyPair("user");
    const connection = await dial(server.url, key);
    expect(await ask(connection, question(node, "session-list", key, { limit: 3 }))).toEqual({ verb: "session-list", body: { limit: 3 } });
    expect(dispatch.calls[0]?.caller).toEqual({ kind: "bus", key: key.publicKey, role: null });
    await expect(ask(connection, question(node, "session-kill", key))).rejects.toMatchObject({ code: "unknown-session" });
    // Somebody else's signature under the answer is believed by nobody.
    await expect(ask(connection, { ...question(node, "session-list", key), signers: [key.publicKey] })).rejects.toMatchObject({ code: "bad-signature" });
  });

  it("a node that isn't open answers nobody, and says why", async () => {
    const server = await nats();
    const node = testNode("box");
    const dispatch = testDispatch();
    const link = open(linkDeps(node, { urls: [server.url] }, { dispatch }));
    await link.ready(10_000);
    const key = createKeyPair("user");
    const connection = await dial(server.url, key);
    await expect(ask(connection, question(node, "session-list", key))).rejects.toMatchObject({ code: "untrusted-caller" });
    expect(dispatch.calls).toEqual([]);
    expect(link.counters()).toMatchObject({ refused: 1, served: 0 });
  });

  it("a forged, late, redirected or mismatched request is not run", async () => {
    const server = await nats();
    const node = testNode("box");
    const dispatch = testDispatch();
    const link = open(linkDeps(node, { urls: [server.url], open: true }, { dispatch }));
    await link.ready(10_000);
    const key = createKeyPair("user");
    const thief = createKeyPair("user");
    const connection = await dial(server.url, key);
    const now = Date.now();
    const id = "0123456789abcdef" as never;
    const good = { id, issued: now, deadline: now + 5_000, target: node.key.publicKey, verb: "session-list", body: {} };
    const inbox = `${subjects.inboxPrefix(key.publicKey as PublicKey)}.x`;
    const answers: string[] = [];
    connection.subscribe("_I.>", { callback: (_error, message) => void answers.push(message.string()) });
    const heard: string[] = [];
    connection.subscribe("nowhere.>", { callback: (_error, message) => void heard.push(message.subject) });
    const send = (subject: string, data: string, reply: string) => connection.publish(subject, data, { reply });
    // The signature of somebody else; another verb, another node, in the body than in the subject (dispatch on the body is a hole).
    send(request(node, "session-list", key), sealRequest(good, thief), inbox);
    send(request(node, "session-list", key), sealRequest({ ...good, verb: "session-launch" }, key), inbox);
    send(request(node, "session-list", key), sealRequest({ ...good, target: thief.publicKey }, key), inbox);
    // Too late, from the future, with a deadline in a year, not JSON.
    send(request(node, "session-list", key), sealRequest({ ...good, issued: now - 10_000, deadline: now - 1 }, key), inbox);
    send(request(node, "session-list", key), sealRequest({ ...good, issued: now + 3_600_000, deadline: now + 3_601_000 }, key), inbox);
    send(request(node, "session-list", key), sealRequest({ ...good, deadline: now + 365 * 86_400_000 }, key), inbox);
    send(request(node, "session-list", key), "{", inbox);
    await waitFor("seven refusals", () => link.counters().refused === 7);
    // The answer would be a message to somebody else's subject.
    for (const reply of ["nowhere.a", subjects.inboxPrefix(thief.publicKey as PublicKey) + ".x", request(node, "session-kill", key)]) send(request(node, "session-list", key), sealRequest(good, key), reply);
    connection.publish(request(node, "session-list", key), sealRequest(good, key));
    await waitFor("four drops", () => link.counters().dropped === 4);
    await connection.flush();
    expect(dispatch.calls).toEqual([]);
    expect(heard).toEqual([]);
    // Only the signer of a request is told: the forged one and the garbage got no answer.
    expect(answers.length).toBe(5);
    expect(answers.every((answer) => verifyDocument("fleet.reply.1", JSON.parse(answer) as Signed, node.key.publicKey))).toBe(true);
  });

  it("a slow request doesn't hold up another, and a giant answer is an error instead of a lost connection", async () => {
    const server = await nats();
    const node = testNode("box");
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const dispatch = { call: async (verb: string) => (verb === "session-wait" ? (await gate, "slow") : verb === "session-get" ? "x".repeat(600_000) : "fast") };
    const link = open(linkDeps(node, { urls: [server.url], open: true }, { dispatch }));
    await link.ready(10_000);
    const key = createKeyPair("user");
    const connection = await dial(server.url, key);
    const slow = ask(connection, question(node, "session-wait", key));
    expect(await ask(connection, question(node, "session-list", key))).toBe("fast");
    await expect(ask(connection, question(node, "session-get", key))).rejects.toMatchObject({ code: "too-large" });
    release();
    expect(await slow).toBe("slow");
    expect(link.status().state).toBe("connected");
  });
});

describe("the micro protocol", () => {
  it("is answered into inboxes only, and not without end", async () => {
    const server = await nats();
    const node = testNode("box");
    node.change({ labels: { zone: "eu" } });
    const link = open(linkDeps(node, { urls: [server.url], open: true }));
    await link.ready(10_000);
    const key = createKeyPair("user");
    const connection = await dial(server.url, key);
    const heard: string[] = [];
    for (const subject of ["_I.>", "_INBOX.>", "nowhere.>", "f1.>"]) connection.subscribe(subject, {
      callback: (_error, message) => {
        // The server's own words that nobody listens are empty.
        if (message.data.length > 0) heard.push(message.subject);
      },
    });
    const own = `${subjects.inboxPrefix(key.publicKey as PublicKey)}.x`;
    const ping = (reply?: string) => connection.publish(`$SRV.PING.fleet-node.${node.key.publicKey}`, "", { reply });
    for (const reply of ["nowhere.x", request(node, "session-list", key), "_I.x.y", undefined]) ping(reply);
    for (const verb of ["NONE", "PING.other", `PING.fleet-node.${key.publicKey}`]) connection.publish(`$SRV.${verb}`, "", { reply: own });
    ping(own);
    ping("_INBOX.abc");
    await waitFor("two answers", () => heard.filter((subject) => subject === own || subject === "_INBOX.abc").length === 2);
    for (let again = 0; again < 500; again++) ping(own);
    await connection.flush();
    await connection.request(request(node, "session-list", key), sealRequest({ id: "0123456789abcdefghijkl" as never, issued: Date.now(), deadline: Date.now() + 5_000, target: node.key.publicKey, verb: "session-list", body: {} }, key));
    expect(heard.filter((subject) => subject === own).length).toBeLessThan(100);
    expect(heard.filter((subject) => subject !== own && subject !== "_INBOX.abc" && !subject.startsWith("f1.") && !subject.startsWith(own.slice(0, -1)))).toEqual([]);
    expect(heard.filter((subject) => subject === "_I.x.y" || subject.startsWith("nowhere"))).toEqual([]);
  });
});

describe("beats and events", () => {
  it("are signed, small, numbered, and a burst of changes makes few beats", async () => {
    const server = await nats();
    const name = "n".repeat(40);
    const node = { ...testNode(name), lastEvent: () => 123_456_789 };
    node.change({ load: 123.45678, sessions: { running: 123_456, total: 1_234_567 }, draining: true });
    const key = createKeyPair("user");
    const watcher = await dial(server.url, key);
    const beats: { text: string; beat: Beat }[] = [];
    const events: FleetEvent[] = [];
    watcher.subscribe(subjects.beat(fleet, "*"), {
      callback: (_error, message) => {
        const signed = message.json<Signed>();
        expect(verifyDocument("fleet.beat.1", signed, readNodeOfSubject(message.subject) ?? "")).toBe(true);
        beats.push({ text: message.string(), beat: Beat.parse(JSON.parse(signed.p)) });
      },
    });
    watcher.subscribe(subjects.events(fleet), {
      callback: (_error, message) => {
        const signed = message.json<Signed>();
        expect(verifyDocument("fleet.event.1", signed, readNodeOfSubject(message.subject) ?? "")).toBe(true);
        events.push(FleetEvent.parse(JSON.parse(signed.p)));
      },
    });
    await watcher.flush();
    const link = openFleetLink(linkDeps(node, { urls: [server.url], pool: "p".repeat(32) as never }, { instance: "01234567-89ab-cdef-0123-456789abcdef" }));
    await link.ready(10_000);
    await waitFor("the first beat", () => beats.length > 0);
    for (let i = 0; i < 50; i++) node.emit({ kind: "session-changed" });
    await waitFor("all events", () => events.length === 51);
    await waitFor("a beat of the changes", () => beats.some(({ beat }) => beat.rev === 51));
    expect(beats.length).toBeLessThanOrEqual(4);
    for (const { text } of beats) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(512);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 51 }, (_, i) => i + 1));
    expect(events[0]).toMatchObject({ kind: "node-changed", record: { name } });
    await link[Symbol.asyncDispose]();
    await waitFor("the farewell", () => events.at(-1)?.kind === "node-leaving");
  });

  it("an event too long for a message is told without its record", async () => {
    const server = await nats();
    const node = testNode("box");
    const watcher = await dial(server.url, createKeyPair("user"));
    const events: FleetEvent[] = [];
    watcher.subscribe(subjects.events(fleet), { callback: (_error, message) => void events.push(FleetEvent.parse(JSON.parse(message.json<Signed>().p))) });
    await watcher.flush();
    const link = open(linkDeps(node, { urls: [server.url] }));
    await link.ready(10_000);
    node.emit({ kind: "node-changed", record: { ...node.record(), labels: { a: "x".repeat(300_000) } } });
    await waitFor("the event", () => events.length === 2);
    expect(events[1]).toMatchObject({ kind: "node-changed", seq: 2 });
    expect(events[1]?.record).toBeUndefined();
    expect(link.status().state).toBe("connected");
  });
});

describe("a name is a lease", () => {
  it("without a registry the nodes themselves are asked; the second one says who has it and stays off", async () => {
    const server = await nats();
    const first = testNode("box");
    const held = open(linkDeps(first, { urls: [server.url], open: true }));
    await held.ready(10_000);
    const second = testNode("box");
    const dispatch = testDispatch();
    const refused = open(linkDeps(second, { urls: [server.url], open: true }, { dispatch }));
    await expect(refused.ready(10_000)).rejects.toMatchObject({ code: "node-name-taken" });
    expect(refused.status()).toMatchObject({ state: "conflict", detail: expect.stringContaining("host-of-box") as string });
    const key = createKeyPair("user");
    const connection = await dial(server.url, key);
    await expect(ask(connection, question(second, "session-list", key))).rejects.toMatchObject({ code: "node-unreachable" });
    expect((await scatter(connection, { fleet, key, waitMs: 300 })).map((pong) => pong.node.key)).toEqual([first.key.publicKey]);
    // The name is free again when its holder has left.
    await held[Symbol.asyncDispose]();
    const third = open(linkDeps(testNode("box"), { urls: [server.url] }));
    await third.ready(10_000);
  });

  it("of two that start together exactly one gets it, whichever is heard first", async () => {
    const server = await nats();
    // The second one connects a little later, before the first, or at once.
    const pairs = Array.from({ length: 24 }, async (_, pair) => {
      const start = async (startedAt: number, afterMs: number) => {
        await sleep(afterMs);
        return open(linkDeps(testNode(`box-${pair}`, undefined, startedAt), { urls: [server.url] }, { startedAt })).ready(20_000);
      };
      const ready = await Promise.allSettled([start(1, pair % 2 === 0 ? 0 : pair * 4), start(2, pair % 2 === 0 ? pair * 4 : 0)]);
      return ready.filter(({ status }) => status === "fulfilled").length;
    });
    expect(await Promise.all(pairs)).toEqual(pairs.map(() => 1));
  }, 30_000);
});

describe("connection life", () => {
  it("NATS that starts later is found; nothing is published before; a restart is survived", async () => {
    const server = await nats({ stopped: true });
    const node = testNode("box");
    const link = open(linkDeps(node, { urls: [server.url], open: true }));
    await expect(link.ready(300)).rejects.toMatchObject({ code: "nats-unreachable" });
    node.emit({ kind: "session-changed" });
    await server.restart();
    await link.ready(15_000);
    const key = createKeyPair("user");
    const before = await dial(server.url, key);
    expect(await ask(before, question(node, "session-list", key))).toBeDefined();
    await server.restart();
    // The old connection fails at once instead of queueing.
    await before.closed();
    expect(() => before.publish("x")).toThrow();
    await expect(ask(before, question(node, "session-list", key))).rejects.toMatchObject({ code: "nats-unreachable" });
    await waitFor("the node to be back", async () => {
      const again = await dial(server.url, key);
      return ask(again, { ...question(node, "session-list", key), timeoutMs: 300 });
    });
    expect(link.status().state).toBe("connected");
  });

  it("a creds-less login that the server refuses ends in 'refused'", async () => {
    const server = await nats({ config: "authorization { token: secret }" });
    const refused = open(linkDeps(testNode("box"), { urls: [server.url] }));
    await expect(refused.ready(10_000)).rejects.toMatchObject({ code: "nats-denied" });
    expect(refused.status().state).toBe("refused");
    const link = open(linkDeps(testNode("box"), { urls: [server.url], token: "secret" }));
    await link.ready(10_000);
  });

  it("leaves nothing behind when it is opened and closed again and again", async () => {
    const server = await nats();
    const handles = () => process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap" || kind === "Timeout").length;
    const node = testNode("box");
    const before = handles();
    for (let i = 0; i < 3; i++) {
      const link = openFleetLink(linkDeps(node, { urls: [server.url] }));
      if (i !== 1) await link.ready(10_000);
      await link[Symbol.asyncDispose]();
      expect(link.status().state).toBe("none");
    }
    await waitFor("no handle more than before", () => handles() <= before);
  });
});
