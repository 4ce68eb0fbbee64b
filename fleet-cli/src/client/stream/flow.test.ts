import { randomBytes } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { openStream } from "./open-stream.ts";
import { TestHost } from "./test-host.ts";
import { ATTACH, open } from "./test-stream.ts";

describe("flow", () => {
  it("acknowledges what was consumed, not what arrived", async () => {
    await using host = await TestHost.listen();
    const acks: number[] = [];
    host.hooks.message = (_, message) => message.type === "ack" && acks.push(message.offset);
    host.print(randomBytes(300_000));
    await using stream = await open(host);
    const events = stream[Symbol.asyncIterator]();
    await events.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(acks).toEqual([]);
    for (let seen = 32_768; seen < 300_000; ) {
      const { value } = await events.next();
      if (value?.kind === "output") seen += value.bytes.length;
    }
    void events.next();
    await vi.waitFor(() => expect(acks.at(-1)).toBe(300_000));
  });

  it("leaves the socket alone while the reader doesn't read", async () => {
    await using host = await TestHost.listen();
    await using stream = await open(host, { want: { kind: "attach", mode: "latest" } });
    const [peer] = host.peers;
    const chunk = randomBytes(1024 * 1024);
    for (let at = 0; at < 40; at++) peer?.output(at * chunk.length, chunk);
    await new Promise((resolve) => setTimeout(resolve, 200));
    // What doesn't fit the kernel's buffers stays with the host.
    expect(peer?.socket.bufferedAmount).toBeGreaterThan(10 * 1024 * 1024);
    for (const { socket } of host.peers) socket.terminate();
    await stream.detach();
  });

  it("lets a writer wait while the host takes no input, and overtakes with keys", async () => {
    await using host = await TestHost.listen();
    const said: string[] = [];
    host.hooks.input = () => false;
    host.hooks.message = (_, message) => said.push(message.type);
    await using stream = await open(host);
    await stream.write(Buffer.alloc(200_000));
    let done = false;
    const writing = stream.write(Buffer.alloc(200_000)).then(() => (done = true));
    stream.keys(Buffer.from("\u0003"));
    stream.interrupt();
    stream.signal("TERM");
    await vi.waitFor(() => expect(said).toEqual(["keys", "interrupt", "signal"]));
    expect(done).toBe(false);
    expect(stream.discardInput()).toBeGreaterThan(300_000);
    await writing;
  });

  it("types nothing on a read-only attach", async () => {
    await using host = await TestHost.listen();
    await using stream = await openStream({ ...host.grant({ scope: "read" }), want: ATTACH });
    await expect(stream.write(Buffer.from("x"))).rejects.toMatchObject({ code: "read-only" });
  });
});
