// Who is let in, and how much anybody may take: a relay that listens, nodes and viewers that speak to it by hand.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { counts, waitFor } from "@fleetwire/shared/testing";
import type { MuxStream } from "@fleetwire/shared/mux";
import { createKeyPair } from "@fleetwire/shared/keys";
import { RELAY_NODE_PATH, RELAY_PASS_MS, RELAY_SUBPROTOCOL, RELAY_WINDOW, relayUrlTo, SUBPROTOCOL } from "@fleetwire/shared/wire";
import { arrive, makeAccount, makeNode, passOf, startRelay, type Arrived, type Hello, type TestNodeKeys, type TestRelay } from "./test-relay.ts";

describe("the relay", () => {
  let there: TestRelay;
  const open: (() => void)[] = [];
  beforeEach(async () => {
    there = await startRelay();
  });
  afterEach(async () => {
    for (const one of open.splice(0)) one();
    await there[Symbol.asyncDispose]();
  });

  async function come(keys: TestNodeKeys, viewer?: (stream: MuxStream) => void): Promise<Arrived> {
    const arrived = await arrive(there, { pass: passOf(there, keys), provesWith: keys.host }, viewer);
    if (typeof arrived === "number") throw new Error(`refused with ${arrived}`);
    open.push(() => arrived.socket.terminate());
    return arrived;
  }

  /** A viewer's upgrade request, and the connection it was made on. */
  function view(node: string, headers: Readonly<Record<string, string>> = {}, path = new URL(`${relayUrlTo("ws://x", node)}/v1/attach`).pathname): Socket {
    const socket = connect(there.port, "127.0.0.1");
    open.push(() => socket.destroy());
    const lines = Object.entries({ host: "hub", connection: "Upgrade", upgrade: "websocket", "sec-websocket-protocol": SUBPROTOCOL, "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==", "sec-websocket-version": "13", authorization: "Fleet-Ticket t", ...headers });
    socket.write([`GET ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`), "", ""].join("\r\n"));
    return socket;
  }
  const statusOf = async (socket: Socket) => Number(/^HTTP\/1\.1 (\d+)/.exec(((await once(socket, "data")) as [Buffer])[0].toString())?.[1]);

  it("joins a viewer to the node that the path names, and hands on what the host has to judge", async () => {
    const keys = await there.nodeOf();
    const heads: string[] = [];
    await come(keys, (stream) => {
      stream.onEnd = () => stream.end();
      stream.onData = (bytes) => {
        heads.push(bytes.toString());
        stream.consumed(bytes.length);
        stream.write(Buffer.from("answered"));
      };
    });
    const socket = view(keys.node.publicKey, { origin: "https://elsewhere", "x-forwarded-for": "1.2.3.4", "fleet-nonce": "mine", "fleet-via": "direct" });
    expect(((await once(socket, "data")) as [Buffer])[0].toString()).toBe("answered");
    expect(heads[0]).toMatch(/^GET \/v1\/attach HTTP\/1\.1\r\nhost: localhost\r\n/);
    expect(heads[0]).toContain("authorization: Fleet-Ticket t\r\norigin: https://elsewhere\r\n");
    // What only hosts say to each other, or a gateway to a host, doesn't come through.
    expect(heads[0]).not.toMatch(/fleet-nonce|fleet-via|forwarded/i);
    socket.destroy();
    await waitFor("the viewer has gone", () => there.relay.counts().viewers === 0);
  });

  it.each<[string, (keys: TestNodeKeys) => Promise<Hello>]>([
    ["another fleet's node", async () => helloOf(await there.nodeOf(makeAccount()))],
    ["a caller's credential", async () => helloOf(await makeNode(there.account, "operator"))],
    ["a pass that another key signed", async (keys) => ({ pass: passOf(there, { ...keys, node: createKeyPair("user") }, { node: keys.node.publicKey as never }), provesWith: keys.host })],
    ["somebody's JWT with an own key", async (keys) => helloOf({ ...keys, node: createKeyPair("user") })],
    ["a pass whose host key it doesn't have", async (keys) => ({ pass: passOf(there, keys), provesWith: createKeyPair("user") })],
    ["a proof of an earlier challenge", async (keys) => ({ ...helloOf(keys), nonce: "an-earlier-challenge-of-it" })],
    ["a pass for another relay", async (keys) => ({ pass: passOf(there, keys, { relay: createKeyPair("user").publicKey as never }), provesWith: keys.host })],
    ["a pass that is over", async (keys) => ({ pass: passOf(there, keys, { expires: Date.now() - 1 }), provesWith: keys.host })],
    ["a pass for years", async (keys) => ({ pass: passOf(there, keys, { expires: Date.now() + 10 * RELAY_PASS_MS }), provesWith: keys.host })],
  ])("refuses %s", async (_what, hello) => {
    expect(await arrive(there, await hello(await there.nodeOf()))).toBe(4401);
    await waitFor("nothing is left of it", () => Object.values(there.relay.counts()).every((count) => count === 0));
  });
  const helloOf = (keys: TestNodeKeys): Hello => ({ pass: passOf(there, keys), provesWith: keys.host });

  it("knows nothing but its two paths, and answers the same for a node that is away and one that never was", async () => {
    const keys = await there.nodeOf();
    expect(await statusOf(view(keys.node.publicKey))).toBe(503);
    expect(await statusOf(view("x", {}, "/v1/relay/to/../node"))).toBe(404);
    expect(await statusOf(view("x", {}, "/v1/attach"))).toBe(404);
    expect(await statusOf(view("x", {}, `/v1/relay/to/${keys.node.publicKey}/v1/host`))).toBe(404);
    expect(await statusOf(view("x", {}, `/v1/relay/to/${keys.node.publicKey}/v1/attach?ticket=x`))).toBe(400);
    expect(await statusOf(view(keys.node.publicKey, { "sec-websocket-protocol": "fleet.host.v1" }))).toBe(400);
    expect(await statusOf(view(keys.node.publicKey, { cookie: "a=b" }))).toBe(400);
    // A page can't be a node.
    expect(await statusOf(view("x", { origin: "https://hub", "sec-websocket-protocol": RELAY_SUBPROTOCOL }, RELAY_NODE_PATH))).toBe(400);
  });

  it("a viewer who reads nothing holds back one window, and no other viewer", async () => {
    const keys = await there.nodeOf();
    const streams: MuxStream[] = [];
    await come(keys, (stream) => {
      stream.onData = (bytes) => stream.consumed(bytes.length);
      streams.push(stream);
    });
    const stalled = view(keys.node.publicKey);
    stalled.pause();
    await waitFor("the first", () => streams.length === 1);
    const quick = view(keys.node.publicKey);
    await waitFor("the second", () => streams.length === 2);
    const total = counts(64, 1_000) * 1024 * 1024;
    let received = 0;
    quick.on("data", (bytes: Buffer) => (received += bytes.length));
    const feed = (stream: MuxStream, bytes: number) => {
      let left = bytes;
      stream.onRoom = () => {
        for (; left > 0 && stream.queued < 65_536; left -= 65_536) stream.write(Buffer.alloc(65_536));
      };
      stream.onRoom();
    };
    const before = process.memoryUsage().rss;
    streams.forEach((stream) => feed(stream, total));
    await waitFor("all of it for who reads", () => received === total, 60_000);
    const [first] = streams as [MuxStream];
    // What it has taken: a window, and what the kernel holds for it.
    await waitFor("it stands", () => first.queued > 0);
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000 + RELAY_WINDOW);
    let late = 0;
    stalled.on("data", (bytes: Buffer) => (late += bytes.length));
    stalled.resume();
    await waitFor("it reads again", () => late === total, 60_000);
  });

  it("half-open connections, and attempts without a ticket, are bounded for each remote", async () => {
    const keys = await there.nodeOf();
    const streams: MuxStream[] = [];
    await come(keys, (stream) => void streams.push(stream));
    const statuses: Promise<number>[] = [];
    const flood = counts(60, 2_000);
    for (let i = 0; i < flood; i++) {
      const socket = view(keys.node.publicKey, { authorization: "", "fleet-remote": "192.0.2.1" });
      socket.on("error", () => {});
      statuses.push(statusOf(socket).catch(() => 0));
    }
    void statuses;
    await waitFor("its share", () => streams.length >= 16);
    // Somebody else is let in all the same.
    const before = streams.length;
    view(keys.node.publicKey, { authorization: "", "fleet-remote": "192.0.2.2" });
    await waitFor("another remote", () => streams.length > before);
    expect(streams.length).toBeLessThan(flood);
  });

  it("who proves nothing is put out, and what is too large ends the connection", async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${there.port}${RELAY_NODE_PATH}`, RELAY_SUBPROTOCOL);
    open.push(() => socket.terminate());
    await once(socket, "message");
    expect(there.relay.counts().unproved).toBe(1);
    socket.send(Buffer.alloc(100_000));
    expect(((await once(socket, "close")) as [number])[0]).toBe(1009);
    const keys = await there.nodeOf();
    for (const frame of [Buffer.alloc(64 * 1024), Buffer.from([1, 0, 0, 0, 9]), Buffer.from([2, 0, 0, 0, 99, 1])]) {
      const node = await come(keys);
      node.socket.send(frame);
      await once(node.socket, "close");
    }
    await waitFor("nobody is left", () => there.relay.counts().nodes === 0);
  });

  it("new viewers go to the newest host of a node; those of the one before stay with it", async () => {
    const keys = await there.nodeOf();
    const came: string[] = [];
    const older = await come(keys, () => void came.push("older"));
    view(keys.node.publicKey);
    await waitFor("the first", () => came.length === 1);
    const newer = { ...keys, host: createKeyPair("user") };
    await come(newer, () => void came.push("newer"));
    view(keys.node.publicKey);
    await waitFor("the second", () => came.length === 2);
    expect(came).toEqual(["older", "newer"]);
    expect([older.socket.readyState, older.mux.size]).toEqual([WebSocket.OPEN, 1]);
    // The same host again: what it had before is dead.
    await come(keys, () => void came.push("again"));
    await once(older.socket, "close");
    expect(there.relay.counts().nodes).toBe(1);
  });
});
