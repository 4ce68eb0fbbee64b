import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import fc from "fast-check";
import { beforeAll, afterAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { counts, waitFor } from "@fleetwire/shared/testing";
import { ATTACH_PATH, CLOSE, createAttachKey, encodeFrame, FRAME, proveAttach, SUBPROTOCOL, type Want } from "@fleetwire/shared/wire";
import { TestClient } from "../testing/test-client.ts";
import { TestHost, type Spawned } from "../testing/test-host.ts";

const WANT: Want = { kind: "attach", mode: "lossless" };
let host: TestHost;
let session: Spawned;
let url: string;

beforeAll(async () => {
  host = await TestHost.start();
  session = await host.spawn("cat");
  const { listening } = await host.control.call("listen", { address: "127.0.0.1", port: 0, hosts: ["gpu.example.com"], origins: ["https://fleet.example.com"] });
  url = `ws://${listening}`;
});
afterAll(() => host[Symbol.asyncDispose]());

/** The status of an upgrade; 101: it was let in. */
function upgrade(options: { path?: string; method?: string; headers?: Record<string, string> }): Promise<number> {
  const { hostname, port } = new URL(url);
  const headers = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-protocol": SUBPROTOCOL, host: "localhost", ...options.headers };
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: hostname, port, path: options.path ?? ATTACH_PATH, method: options.method ?? "GET", headers });
    request.on("response", (response) => resolve(response.resume().statusCode ?? 0));
    request.on("upgrade", (_response, socket) => {
      socket.destroy();
      resolve(101);
    });
    request.on("error", reject);
    request.end();
  });
}

describe("the upgrade, judged before any socket exists", () => {
  it.each([
    [101, {}],
    [101, { headers: { host: "127.0.0.1:9100" } }],
    [101, { headers: { host: "[::1]:9100" } }],
    [101, { headers: { host: "GPU.example.com" } }],
    [101, { headers: { origin: "https://fleet.example.com" } }],
    [403, { headers: { host: "evil.example.com" } }],
    [403, { headers: { host: "127.0.0.1.evil.example.com" } }],
    [403, { headers: { host: "gpu.example.com.evil.org" } }],
    [403, { headers: { origin: "https://evil.example.com" } }],
    [403, { headers: { origin: "null" } }],
    [403, { headers: { origin: "http://fleet.example.com" } }],
    [403, { headers: { origin: "https://fleet.example.com:8443" } }],
    [403, { headers: { origin: "https://fleet.example.com.evil.org" } }],
    [403, { headers: { origin: "https://FLEET.example.com" } }],
    [403, { headers: { origin: "https://user@fleet.example.com" } }],
    [400, { path: `${ATTACH_PATH}?ticket=x` }],
    [400, { path: `${ATTACH_PATH}?` }],
    [404, { path: "/ws" }],
    [404, { path: "/v1/host" }],
    [404, { path: "/v1/attach/../attach" }],
    [400, { headers: { "sec-websocket-protocol": "other" } }],
    [401, { headers: { authorization: "Bearer x" } }],
    [401, { headers: { authorization: "Fleet-Ticket x" } }],
    [401, { headers: { authorization: "Fleet-Resume x.y" } }],
  ])("%i for %j", async (status, options) => expect(await upgrade(options)).toBe(status));

  it("POST doesn't upgrade", async () => expect(await upgrade({ method: "POST" })).toBe(400));
});

function attempt(authorization: string | undefined, clientKey = createAttachKey(), want: Want = WANT): TestClient {
  return new TestClient({ url }, authorization, { clientKey, hostKey: host.control.hello.hostKey, want });
}

describe("tickets (D7)", () => {
  const key = createAttachKey();
  const stranger = createAttachKey();

  it("one works once, over TCP and on the unix socket", async () => {
    const ticket = host.ticket(session, key);
    const first = attempt(`Fleet-Ticket ${ticket}`, key);
    expect((await first.welcomed).scope).toBe("write");
    expect(first.faults).toEqual([]);
    await expect(attempt(`Fleet-Ticket ${ticket}`, key).welcomed).rejects.toThrow("401");
    first.cut();
    (await host.attach(session)).cut();
  });

  it.each([
    ["expired", () => host.ticket(session, key, { expires: Date.now() - 1 })],
    ["from the far future", () => host.ticket(session, key, { expires: Date.now() + 3_600_000 })],
    ["of another host", () => host.ticket(session, key, { hostKey: stranger.publicKey as never })],
    ["of another node", () => host.ticket(session, key, { node: stranger.publicKey as never })],
    ["signed by somebody else", () => host.ticket(session, key, {}, stranger)],
    ["for a session that isn't here", () => host.ticket({ ...session, id: 4711 as never }, key)],
    ["for another life of the session", () => host.ticket({ ...session, epoch: "0000000000" as never }, key)],
    ["altered", () => host.ticket(session, key).replace(/\.(.)/, (_dot, first) => (first === "A" ? ".B" : ".A"))],
    ["spelt differently", () => host.ticket(session, key).replace(/.$/, (last) => String.fromCharCode(last.charCodeAt(0) + 1))],
    ["with something in it that decoders pass over", () => host.ticket(session, key).replace(".", "=.")],
    ["empty", () => ""],
  ])("%s is refused like any other", async (_what, ticket) => {
    await expect(attempt(`Fleet-Ticket ${ticket()}`, key).welcomed).rejects.toThrow("401");
  });

  it("is worth nothing without the client's key", async () => {
    const client = attempt(`Fleet-Ticket ${host.ticket(session, key)}`, stranger);
    await expect(client.welcomed).rejects.toThrow(String(CLOSE.ticket));
    expect(client.last("error")?.code).toBe("bad-ticket");
  });

  it("a page without headers sends it first; nothing else works there", async () => {
    const client = attempt(undefined);
    const challenge = await client.until("challenge");
    const ticket = host.ticket(session, key, { id: "AAAAAAAAAAAAAAAAAAAA" });
    client.say({ type: "ticket", ticket });
    const nonce = "clientclientclientclient";
    client.say({ type: "hello", nonce, proof: proveAttach("client", { id: "AAAAAAAAAAAAAAAAAAAA", clientNonce: nonce, hostNonce: challenge.nonce }, key), want: WANT });
    await client.until("welcome");
    client.cut();
    const other = attempt(undefined);
    await other.until("challenge");
    other.say({ type: "interrupt" });
    await waitFor("the refusal", () => other.closeCode === CLOSE.ticket);
  });

  it("who says nothing is sent away in time, and waiting sockets are bounded", async () => {
    const silent = Array.from({ length: 80 }, () => attempt(undefined));
    await waitFor("the cap", () => silent.filter(({ status }) => status === 429).length === 80 - 64);
    await waitFor("the end of the rest", () => silent.every(({ status, closeCode }) => status === 429 || closeCode === CLOSE.helloTimeout || closeCode === 1006), 12_000);
    (await host.attach(session)).cut();
  }, 20_000);

  it("a revoked session's viewers are cut and can't come back", async () => {
    const clientKey = createAttachKey();
    const client = await host.attach(session, {}, { clientKey });
    const { closed } = await host.control.call("disconnect", { id: session.id, epoch: session.epoch });
    expect(closed).toBeGreaterThan(0);
    await waitFor("the cut", () => client.closeCode === CLOSE.denied);
    await expect(host.attach(session, { from: 0 }, { clientKey, resume: client.last("welcome")?.resume ?? "" })).rejects.toThrow("401");
  });
});

describe("garbage", () => {
  const message = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => text),
    fc.record({ type: fc.constantFrom("ack", "resize", "claim", "policy", "keys", "signal", "interrupt", "hello", "ticket", "nope"), offset: fc.anything(), cols: fc.anything(), rows: fc.integer(), data: fc.anything(), signal: fc.string(), policy: fc.string() }).map((value) => JSON.stringify(value) ?? ""),
    fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 50 })).map(([offset, bytes]) => encodeFrame(FRAME.input, offset, bytes)),
  );

  it("after the handshake and before it ends that connection with one error, and nothing else", async () => {
    const target = await host.spawn("cat >/dev/null");
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 8 }), fc.boolean(), async (messages, open) => {
        const client = open ? await host.attach(target) : attempt(undefined);
        if (!open) await client.until("challenge");
        for (const one of messages) if (client.socket.readyState === client.socket.OPEN) client.socket.send(one);
        client.socket.ping();
        await new Promise((resolve) => client.socket.once("pong", resolve).once("close", resolve));
        expect(client.messages.filter(({ type }) => type === "error").length).toBeLessThanOrEqual(1);
        client.cut();
      }),
      { numRuns: counts(60, 20_000) },
    );
    expect(await host.control.call("list", {})).toBeDefined();
  }, 600_000);

  it("oversized messages, floods of fragments and half requests are cut off", async () => {
    const big = await host.attach(session);
    big.socket.send(Buffer.alloc(70_000));
    await waitFor("the cut", () => big.closeCode !== undefined);
    const pieces = await host.attach(session);
    for (let i = 0; i < 20; i++) pieces.socket.send("x", { fin: false });
    await waitFor("the cut", () => pieces.closeCode !== undefined);
    const { hostname, port } = new URL(url);
    const raw = connect(Number(port), hostname);
    raw.on("error", () => undefined).resume();
    raw.write("GET /v1/attach HTTP/1.1\r\nHost: localhost\r\n\u0000garbage\r\n\r\n");
    await new Promise((resolve) => raw.once("close", resolve));
    expect((await host.get(session)).running).toBe(true);
  });

  it("the agent's line is not on TCP, and answers errors on its own", async () => {
    const outside = new WebSocket(`${url}/v1/host`, "fleet.host.v1");
    await new Promise((resolve) => outside.once("error", resolve));
    await expect(host.control.call("get", { id: 999 as never, epoch: "nonenone" as never })).rejects.toMatchObject({ code: "unknown-session" });
    await expect(host.control.call("nope" as never, {} as never)).rejects.toMatchObject({ code: "version-skew" });
  });
});
