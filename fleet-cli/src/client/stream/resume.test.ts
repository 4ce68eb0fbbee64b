import { randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { CLOSE, type HostMessage } from "@fleetwire/shared/wire";
import { TestHost } from "./test-host.ts";
import { EXIT, open, readAll } from "./test-stream.ts";
import type { StreamStatus } from "./types.ts";

describe("after a cut (D3)", () => {
  it("delivers both directions byte for byte, whatever is cut where", { timeout: 60_000 }, async () => {
    const runs = process.env["FLEET_LONG"] === undefined ? 12 : 200;
    const plan = fc.record({ size: fc.integer({ min: 1, max: 600_000 }), cuts: fc.array(fc.record({ side: fc.constantFrom("in", "out"), after: fc.integer({ min: 0, max: 200_000 }), torn: fc.boolean() }), { maxLength: 6 }) });
    await fc.assert(
      fc.asyncProperty(plan, async ({ size, cuts }) => {
        await using host = await TestHost.listen();
        const output = randomBytes(size);
        const input = randomBytes(Math.ceil(size / 3));
        host.output = output;
        const left = [...cuts];
        const next = (side: string) => (left[0]?.side === side ? left[0] : undefined);
        host.hooks.welcomed = (peer) => {
          const from = peer.hello.want.kind === "attach" ? (peer.hello.want.from ?? 0) : 0;
          const cut = next("out");
          const to = cut === undefined ? output.length : Math.min(output.length, from + cut.after);
          // Overlapping what the client has: it must be shown once.
          const start = Math.max(0, from - (cut?.torn ? 1000 : 0));
          peer.output(start, output.subarray(start, to));
          if (cut === undefined) return typedAll ? peer.say(EXIT(to)) : undefined;
          left.shift();
          if (cut.torn) peer.socket.terminate();
          else peer.socket.close(1012);
        };
        let taken = 0;
        let typedAll = false;
        host.hooks.input = (peer, offset, bytes) => {
          const cut = next("in");
          taken += bytes.length;
          if (cut === undefined || taken < cut.after) return true;
          left.shift();
          taken = 0;
          peer.socket.terminate();
          // Taken, and the acknowledgement lost with the connection.
          if (cut.torn) peer.attach.typed = Buffer.concat([peer.attach.typed, bytes.subarray(peer.attach.typed.length - offset)]);
          return false;
        };
        const stream = await open(host);
        const typing = (async () => {
          for (let at = 0; at < input.length; at += 5000) await stream.write(input.subarray(at, at + 5000));
          await vi.waitFor(() => expect(stream.pendingInput).toBe(0), { timeout: 20_000, interval: 5 });
          typedAll = true;
          for (const peer of host.peers) peer.socket.terminate();
        })();
        const [{ bytes }] = await Promise.all([readAll(stream), typing]);
        expect(bytes.equals(output)).toBe(true);
        expect(host.typed.equals(input)).toBe(true);
      }),
      { numRuns: runs },
    );
  });

  it("tells the cut and the resume in the order of the bytes, and retries at once", async () => {
    await using host = await TestHost.listen();
    host.print("one");
    const stream = await open(host);
    const reading = readAll(stream);
    await vi.waitFor(() => expect(host.peers.size).toBe(1));
    host.cutAll();
    await vi.waitFor(() => expect(host.wants.length).toBe(2));
    expect(host.wants[1]).toMatchObject({ kind: "attach", from: 3, scrollback: 0 });
    host.print("two");
    for (const peer of host.peers) peer.say(EXIT(6));
    const { bytes, others } = await reading;
    expect(bytes.toString()).toBe("onetwo");
    expect(others.map((event) => (event.kind === "connection" ? event.state : event.kind))).toEqual(["lost", "resumed", "exit"]);
    expect(host.upgrades.map((line) => line.split(" ")[1])).toEqual(["Fleet-Ticket", "Fleet-Resume"]);
  });

  it("asks for a new ticket when the secret is refused, and types nothing twice", async () => {
    await using host = await TestHost.listen();
    const stream = await open(host, { renew: async () => host.grant() });
    host.hooks.input = () => false;
    await stream.write(Buffer.from("nobody knows"));
    const reading = readAll(stream);
    await new Promise((resolve) => setTimeout(resolve, 50));
    host.forgetSecrets = true;
    delete host.hooks.input;
    host.cutAll();
    await vi.waitFor(() => expect(host.attaches.length).toBe(2));
    await vi.waitFor(() => expect(stream.connected).toBe(true));
    await stream.write(Buffer.from("typed after"));
    await vi.waitFor(() => expect(host.typed.toString()).toBe("typed after"));
    for (const peer of host.peers) peer.say(EXIT(0));
    const { others } = await reading;
    expect(others).toContainEqual({ kind: "connection", state: "resumed", unsure: 12 });
  });

  it("types nothing into a new life of the session that was meant for the old one", async () => {
    await using host = await TestHost.listen();
    const stream = await open(host, { renew: async () => host.grant() });
    host.hooks.input = (peer) => peer.attach !== host.attaches[0];
    await stream.write(Buffer.alloc(200_000, "x"));
    host.epoch = "1epoch000";
    for (const peer of host.peers) peer.socket.close(CLOSE.epoch);
    await vi.waitFor(() => expect(host.attaches.length).toBe(2));
    await vi.waitFor(() => expect(stream.connected).toBe(true));
    await stream.write(Buffer.from("new"));
    await vi.waitFor(() => expect(host.typed.subarray(0, 100).toString()).toBe("new"));
    await stream.detach();
  });

  it("ends when the secret is refused and there is no way to a new ticket", async () => {
    await using host = await TestHost.listen();
    const stream = await open(host);
    host.forgetSecrets = true;
    host.cutAll();
    await expect(readAll(stream)).rejects.toMatchObject({ code: "bad-ticket" });
  });

  it.each([[CLOSE.sessionGone, "unknown-session"], [CLOSE.denied, "denied"], [CLOSE.done, "connection-lost"]])("ends on close code %i with %s", async (code, expected) => {
    await using host = await TestHost.listen();
    const stream = await open(host, { renew: async () => host.grant() });
    for (const peer of host.peers) peer.socket.close(code);
    await expect(readAll(stream)).rejects.toMatchObject({ code: expected });
  });

  it("gives the host's own words for the end", async () => {
    await using host = await TestHost.listen();
    const stream = await open(host);
    for (const peer of host.peers) {
      peer.say({ type: "error", code: "denied", message: "the credential was revoked" } as HostMessage);
      peer.socket.close(CLOSE.denied);
    }
    await expect(readAll(stream)).rejects.toMatchObject({ code: "denied", message: "the credential was revoked" });
  });

  it("goes on trying until the host is back", async () => {
    let host = await TestHost.listen();
    const port = Number(new URL(host.url).port);
    const told: StreamStatus[] = [];
    const { nodeKey, hostKey } = host;
    const next: { host?: TestHost } = {};
    const stream = await open(host, { onStatus: (status) => told.push(status), renew: async () => (next.host ?? host).grant({ addresses: [{ kind: "url", url: `ws://127.0.0.1:${port}` }] }) });
    await host[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(told.filter(({ state }) => state === "retrying").length).toBeGreaterThan(4));
    await using back = await TestHost.listen({ port });
    Object.assign(back, { nodeKey, hostKey, provesWith: hostKey });
    next.host = back;
    await vi.waitFor(() => expect(stream.connected).toBe(true));
    await stream.detach();
  });

  it("waits longer and longer for a host that takes connections and drops them", async () => {
    await using host = await TestHost.listen();
    host.hooks.welcomed = ({ socket }) => socket.close(CLOSE.internal);
    const stream = await open(host, {}, { backoffBaseMs: 100, backoffMaxMs: 10_000 });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(host.upgrades.length).toBeLessThan(25);
    expect(host.upgrades.length).toBeGreaterThan(1);
    await stream.detach();
  });

  it("notices a half-open connection by its silence", async () => {
    await using host = await TestHost.listen();
    const stream = await open(host, {}, { silenceMs: 200, pingMs: 1_000_000 });
    await vi.waitFor(() => expect(host.wants.length).toBeGreaterThan(1));
    await stream.detach();
  });
});
