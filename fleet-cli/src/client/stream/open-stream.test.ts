import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { createAttachKey } from "@fleetwire/shared/wire";
import { openStream } from "./open-stream.ts";
import { TestHost } from "./test-host.ts";
import { ATTACH, EXIT, open, readAll } from "./test-stream.ts";
import type { StreamStatus } from "./types.ts";

describe("connecting", () => {
  it("reads output and types over loopback, and ends with the exit", async () => {
    await using host = await TestHost.listen();
    host.print("hello ");
    const stream = await open(host);
    const reading = readAll(stream);
    await stream.write(Buffer.from("typed"));
    await vi.waitFor(() => expect(host.typed.toString()).toBe("typed"));
    expect(stream.pendingInput).toBe(0);
    host.print("world");
    for (const peer of host.peers) peer.say(EXIT(11));
    const { bytes, others } = await reading;
    expect(bytes.toString()).toBe("hello world");
    expect(others).toEqual([{ kind: "exit", state: "exited", exit: { code: 0 }, offset: 11 }]);
    await expect(stream.write(Buffer.from("x"))).rejects.toMatchObject({ code: "connection-lost" });
  });

  it("works over a unix socket whose path a URL could not say", async () => {
    const folder = await mkdtemp(join(tmpdir(), "fw-"));
    try {
      const path = join(folder, "a b%20:c.sock");
      await using host = await TestHost.listen({ path });
      await using stream = await openStream({ ...host.grant({ addresses: [{ kind: "unix", path }] }), want: ATTACH });
      expect(stream.scope).toBe("write");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each(["", "/", "/ws", "/ws/", "/v1/attach"])("accepts the node's URL with '%s' at its end", async (tail) => {
    await using host = await TestHost.listen();
    await using stream = await openStream({ ...host.grant({ addresses: [{ kind: "url", url: host.url + tail }] }), want: ATTACH });
    expect(stream.connected).toBe(true);
    expect(host.upgrades).toEqual(["/v1/attach Fleet-Ticket"]);
  });

  it("goes on to the next address when one doesn't answer", async () => {
    await using host = await TestHost.listen();
    const told: StreamStatus[] = [];
    const grant = host.grant({ addresses: [{ kind: "unix", path: "/nowhere/x.sock" }, { kind: "url", url: "ws://127.0.0.1:1" }, { kind: "url", url: host.url }] });
    await using stream = await openStream({ ...grant, want: ATTACH, onStatus: (status) => told.push(status) });
    expect(stream.connected).toBe(true);
    expect(told).toEqual([{ state: "connected", address: host.url, way: "direct" }]);
  });

  it("says that nobody answers", async () => {
    await using host = await TestHost.listen();
    await expect(openStream({ ...host.grant({ addresses: [{ kind: "url", url: "ws://127.0.0.1:1" }] }), want: ATTACH })).rejects.toMatchObject({ code: "host-unreachable" });
    await expect(openStream({ ...host.grant({ addresses: [] }), want: ATTACH })).rejects.toMatchObject({ code: "node-has-no-url" });
  });

  it("sends nothing unencrypted beyond loopback", async () => {
    await using host = await TestHost.listen();
    await expect(openStream({ ...host.grant({ addresses: [{ kind: "url", url: "ws://192.0.2.1:9100" }] }), want: ATTACH })).rejects.toMatchObject({ code: "insecure-url" });
  });

  it("is cancelled while it connects", async () => {
    await using host = await TestHost.listen();
    host.hooks.welcomed = () => {};
    const stop = new AbortController();
    host.provesWith = createAttachKey();
    const opening = openStream({ ...host.grant({ addresses: Array.from({ length: 50 }, () => ({ kind: "url" as const, url: host.url })) }), want: ATTACH, signal: stop.signal });
    stop.abort();
    await expect(opening).rejects.toMatchObject({ code: "cancelled" });
  });
});

describe("proofs (D7)", () => {
  it("believes nothing of a host that can't prove the ticket's key, and sends it nothing", async () => {
    await using host = await TestHost.listen();
    host.provesWith = createAttachKey();
    host.print("false output");
    await expect(open(host)).rejects.toMatchObject({ code: "bad-signature" });
    expect(host.typed.length).toBe(0);
  });

  it("finds the true host behind a false URL", async () => {
    await using host = await TestHost.listen();
    await using impostor = await TestHost.listen();
    const grant = host.grant({ addresses: [{ kind: "url", url: impostor.url }, { kind: "url", url: host.url }] });
    // The impostor accepts any ticket.
    Object.assign(impostor, { nodeKey: host.nodeKey });
    await using stream = await openStream({ ...grant, want: ATTACH });
    expect(stream.connected).toBe(true);
    expect(impostor.peers.size).toBe(0);
  });

  it("refuses a ticket of another node, of another key, and a changed one", async () => {
    await using host = await TestHost.listen();
    await using other = await TestHost.listen();
    const grant = host.grant();
    await expect(openStream({ ...grant, want: ATTACH, nodeKey: other.nodeKey.publicKey })).rejects.toMatchObject({ code: "bad-ticket" });
    await expect(openStream({ ...grant, clientKey: createAttachKey(), want: ATTACH })).rejects.toMatchObject({ code: "bad-ticket" });
    const [body, signature] = grant.answer.ticket.split(".");
    const changed = Buffer.from(Buffer.from(body ?? "", "base64url").toString().replace('"scope":"write"', '"scope":"read"')).toString("base64url");
    await expect(openStream({ ...grant, answer: { ...grant.answer, ticket: `${changed}.${signature}` }, want: ATTACH })).rejects.toMatchObject({ code: "bad-ticket" });
    expect(host.upgrades).toEqual([]);
  });
});
