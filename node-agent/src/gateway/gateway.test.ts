import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { request } from "node:https";
import { createServer as createTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FleetError } from "@fleetwire/shared/errors";
import { waitFor } from "@fleetwire/shared/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { freePort } from "../fleet/testing.ts";
import { createAuthority } from "../hub/certificates.ts";
import { createProcesses } from "../processes/index.ts";
import { createGateway, type Gateway, type GatewayWant } from "./index.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };
let directory: string;
let upstream: Server;
let seen: IncomingMessage[];
let want: GatewayWant;
let gateways: Gateway[];
const gateway = () => {
  const made = createGateway({ directory: join(directory, "g"), processes: createProcesses({ env: process.env, log }) });
  gateways.push(made);
  return made;
};

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "fwg-"));
  seen = [];
  gateways = [];
  upstream = createServer((message, response) => {
    seen.push(message);
    response.end("ok");
  });
  const sockets = new WebSocketServer({ server: upstream });
  sockets.on("connection", (socket, message) => {
    seen.push(message);
    socket.on("message", (data) => socket.send(data));
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  want = { upstream: `127.0.0.1:${(upstream.address() as { port: number }).port}`, host: "localhost", port: await freePort(), bind: "127.0.0.1" };
});
afterEach(async () => {
  await gateways.at(-1)?.stop();
  for (const one of gateways) one[Symbol.dispose]();
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
  rmSync(directory, { recursive: true, force: true });
});

function get(url: string, ca: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url.replace("wss:", "https:"), { ca, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.once("error", reject);
    asked.end();
  });
}
function open(url: string, ca: string, headers: Record<string, string> = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, ["fleet.pty.v1"], { ca, headers });
  return new Promise((resolve, reject) => socket.once("open", () => resolve(socket)).once("error", reject));
}

describe("the gateway", () => {
  it("serves the node's paths by TLS, WebSocket included, and nothing else", async () => {
    const { url, caPem } = await gateway().start(want);
    expect(url).toBe(`wss://localhost:${want.port}`);
    expect(await get(`${url}/v1/health`, caPem)).toBe(200);
    for (const path of ["/", "/v1", "/v2/x", "/metrics", "/config/"]) expect([path, await get(url + path, caPem)]).toEqual([path, 404]);
    expect(await get(`${url}/v1/x`, caPem, { "x-big": "y".repeat(40_000) })).toBe(431);
    const socket = await open(`${url}/v1/attach`, caPem);
    const echo = new Promise((resolve) => socket.once("message", (data) => resolve((data as Buffer).toString())));
    socket.send("hello");
    expect(await echo).toBe("hello");
    socket.close();
    // Another authority's word isn't taken.
    await expect(get(`${url}/v1/health`, createAuthority("other").cert)).rejects.toThrow();
    expect(seen.every(({ url: path }) => path?.startsWith("/v1/"))).toBe(true);
  });

  it("passes no identity header on, and no credential into a log, not even when the node is down", async () => {
    const { url, caPem } = await gateway().start(want);
    const headers = { authorization: "Fleet-Ticket CANARY-a", cookie: "c=CANARY-c", "x-forwarded-for": "9.9.9.9", "fleet-via": "x", "x-fleet-role": "admin", "x-real-ip": "9.9.9.9" };
    expect(await get(`${url}/v1/x?token=CANARY-q`, caPem, headers)).toBe(200);
    const got = seen[0]?.headers;
    expect(got?.authorization).toBe("Fleet-Ticket CANARY-a");
    for (const name of ["cookie", "fleet-via", "x-fleet-role", "x-real-ip"]) expect([name, got?.[name]]).toEqual([name, undefined]);
    expect(got?.["x-forwarded-for"] ?? "").not.toContain("9.9.9.9");
    upstream.closeAllConnections();
    await new Promise((resolve) => upstream.close(resolve));
    expect(await get(`${url}/v1/x?token=CANARY-q`, caPem, { ...headers, "sec-websocket-protocol": "CANARY-s" })).toBe(502);
    await waitFor("the log", () => readFileSync(join(directory, "g", "access.log"), "utf8").includes('"status":502'));
    for (const name of ["access.log", "caddy.log"]) expect(readFileSync(join(directory, "g", name), "utf8")).not.toContain("CANARY");
    await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  });

  it("goes on while the agent is restarted: an open socket isn't cut", async () => {
    const first = gateway();
    const { url, caPem } = await first.start(want);
    const socket = await open(`${url}/v1/attach`, caPem);
    const { pid } = first.status();
    first[Symbol.dispose]();
    const second = gateway();
    expect(await second.start(want)).toEqual({ url, caPem });
    expect(second.status().pid).toBe(pid);
    const echo = new Promise((resolve) => socket.once("message", (data) => resolve((data as Buffer).toString())));
    socket.send("still here");
    expect(await echo).toBe("still here");
    socket.close();
    // Other settings are another Caddy.
    const moved = await second.start({ ...want, port: await freePort() });
    expect(moved.url).not.toBe(url);
    expect(await get(`${moved.url}/v1/health`, moved.caPem)).toBe(200);
  });

  it("takes the next port when the usual one is taken, but not when it was asked for", async () => {
    const squatter = createTcp();
    await new Promise<void>((resolve) => squatter.listen(want.port, "127.0.0.1", resolve));
    const made = gateway();
    await expect(made.start({ ...want, fixed: true })).rejects.toMatchObject({ code: "port-taken", message: expect.stringContaining(String(want.port)) as string });
    expect(made.status().state).toBe("failed");
    const { url } = await made.start(want);
    expect(Number(new URL(url).port)).toBeGreaterThan(want.port);
    squatter.close();
  });

  it("signs with the hub's authority when there is one, also for an address", async () => {
    const authority = createAuthority("default");
    const ca = { certFile: join(directory, "ca.crt"), keyFile: join(directory, "ca.key") };
    writeFileSync(ca.certFile, authority.cert);
    writeFileSync(ca.keyFile, authority.key, { mode: 0o600 });
    const { url, caPem } = await gateway().start({ ...want, host: "127.0.0.1", ca });
    expect(caPem).toBe(authority.cert);
    expect(await get(`${url}/v1/health`, caPem)).toBe(200);
  });

  it("says when Caddy isn't there", async () => {
    const missing = () => Promise.reject(new FleetError("missing-program", "caddy is not installed"));
    const made = createGateway({ directory: join(directory, "h"), processes: { find: () => undefined, adopt: () => undefined, run: missing } });
    await expect(made.start(want)).rejects.toMatchObject({ code: "missing-program" });
    expect(made.status().state).toBe("missing");
  });

  it("keeps what it has to itself", async () => {
    await gateway().start(want);
    for (const name of ["Caddyfile", "gateway.json", "caddy.pid", "caddy.log"]) expect([name, statSync(join(directory, "g", name)).mode & 0o077]).toEqual([name, 0]);
    expect(statSync(join(directory, "g")).mode & 0o077).toBe(0);
  });
});
