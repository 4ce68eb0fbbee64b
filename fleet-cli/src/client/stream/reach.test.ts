// The node's own address, and the hub's relay beside it: which one a stream takes, and what a false one gets.
import { createServer, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AttachAddress } from "@fleetwire/shared/bus";
import { createAttachKey } from "@fleetwire/shared/wire";
import { BadLink } from "@fleetwire/shared/testing";
import { TestHost } from "./test-host.ts";
import { open, readAll } from "./test-stream.ts";
import type { StreamStatus } from "./types.ts";

const RELAY_PATH = "/v1/relay/to/UNODE";
const own = (url: string): AttachAddress => ({ kind: "url", url });
const relayed = (host: TestHost): AttachAddress => ({ kind: "url", via: "relay", url: `${host.url}${RELAY_PATH}` });
const QUICK = { headStartMs: 40 };

describe("two ways to a node", () => {
  let host: TestHost;
  /** Takes connections, and never says a word. */
  let silent: Server;
  let silentUrl = "";
  beforeEach(async () => {
    host = await TestHost.listen();
    silent = createServer((socket) => void socket.on("error", () => {})).listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const address = silent.address();
    silentUrl = `ws://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  });
  afterEach(async () => {
    silent.close();
    await host[Symbol.asyncDispose]();
  });

  it("takes the relay soon when the node's own address is silent, and says so", async () => {
    const told: StreamStatus[] = [];
    await using stream = await open(host, { ...host.grant({ addresses: [own(silentUrl), relayed(host)] }), onStatus: (status) => told.push(status) }, { ...QUICK, connectMs: 60_000 });
    expect(stream.connected).toBe(true);
    expect(told).toEqual([{ state: "connected", way: "relay", address: `${host.url}${RELAY_PATH}` }]);
  });

  it("takes it at once when the own address refuses, and without one", async () => {
    for (const addresses of [[own("ws://127.0.0.1:1"), relayed(host)], [relayed(host)]]) {
      await using stream = await open(host, host.grant({ addresses }), { headStartMs: 60_000 });
      expect(stream.connected).toBe(true);
    }
  });

  it("doesn't dial the relay when the own address answers", async () => {
    await using stream = await open(host, host.grant({ addresses: [own(host.url), relayed(host)] }), { headStartMs: 60_000 });
    expect(stream.connected).toBe(true);
    expect(host.upgrades).toEqual(["/v1/attach Fleet-Ticket"]);
  });

  it("is resumed once, whichever way is first: the other one proves nothing meanwhile", async () => {
    await using slow = await BadLink.open({ host: "127.0.0.1", port: Number(new URL(host.url).port) }, { delayMs: 30 });
    const told: StreamStatus[] = [];
    host.print("0123456789");
    const stream = await open(host, { ...host.grant({ addresses: [own(`ws://127.0.0.1:${slow.port}`), relayed(host)] }), onStatus: (status) => told.push(status) }, { headStartMs: 20 });
    const reading = readAll(stream);
    for (let cut = 1; cut <= 4; cut++) {
      host.cutAll();
      await vi.waitFor(() => expect(told.filter(({ state }) => state === "connected")).toHaveLength(cut + 1));
      await vi.waitFor(() => expect(stream.connected).toBe(true));
      host.print(`cut ${cut}`);
    }
    expect(host.wants).toHaveLength(5);
    for (const peer of host.peers) peer.say({ type: "exit", state: "exited", exit: { code: 0 }, offset: host.output.length });
    expect((await reading).bytes.toString()).toBe(host.output.toString());
  });

  it("gives a relay that leads to another host nothing, and goes on with the node's own address", async () => {
    await using swapped = await TestHost.listen();
    // It takes every right, as if it had been shown to it, and proves a key of its own.
    const grant = host.grant({ addresses: [own(host.url), relayed(swapped)] });
    swapped.take(grant.answer.ticket);
    swapped.provesWith = createAttachKey();
    await expect(open(host, { ...grant, answer: { ...grant.answer, addresses: [relayed(swapped)] } })).rejects.toMatchObject({ code: "bad-signature" });
    expect(swapped.typed).toHaveLength(0);
    swapped.take(grant.answer.ticket);
    await using stream = await open(host, grant, { headStartMs: 0 });
    await stream.write(Buffer.from("mine"));
    await vi.waitFor(() => expect(host.typed.toString()).toBe("mine"));
    expect(swapped.typed).toHaveLength(0);
  });

  it("says of all ways that none led there", async () => {
    await expect(open(host, host.grant({ addresses: [own("ws://127.0.0.1:1"), { kind: "url", via: "relay", url: "ws://127.0.0.1:1/v1/relay/to/U" }] }), QUICK)).rejects.toMatchObject({ code: "host-unreachable" });
  });
});
