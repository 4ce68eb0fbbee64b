import { describe, expect, it, vi } from "vitest";
import { encodeFrame, FRAME, type HostMessage } from "@fleetwire/shared/wire";
import { TestHost } from "./test-host.ts";
import { EXIT, open, readAll } from "./test-stream.ts";

describe("messages", () => {
  it("gives a snapshot whole, and goes on from its offset", async () => {
    await using host = await TestHost.listen();
    host.hooks.welcomed = ({ socket, say, output }) => {
      say({ type: "snapshot", offset: 1000, cols: 80, rows: 24, format: "vt", replaces: "screen", bytes: 6 } as HostMessage);
      socket.send(encodeFrame(FRAME.snapshot, 0, Buffer.from("abc")));
      socket.send(encodeFrame(FRAME.snapshot, 3, Buffer.from("def")));
      output(990, Buffer.from("old bytes.new"));
      output(1010, Buffer.from("after a hole"));
      say(EXIT(1022));
    };
    const { bytes, others } = await readAll(await open(host));
    expect(others[0]).toMatchObject({ kind: "snapshot", header: { offset: 1000 }, bytes: Buffer.from("abcdef") });
    expect(others[1]).toEqual({ kind: "gap", from: 1003, to: 1010, reason: "skipped" });
    expect(bytes.toString()).toBe("newafter a hole");
  });

  it("passes over what a newer host says", async () => {
    await using host = await TestHost.listen();
    host.hooks.welcomed = ({ socket, say, output }) => {
      say({ type: "weather" });
      say({ type: "gap", reason: "eaten", from: 1 } as never);
      socket.send(Buffer.from([9, 0, 0, 0, 0, 0, 0, 0, 0, 1]));
      output(0, Buffer.from("fine"));
      say(Object.assign(EXIT(4), { news: true }));
    };
    const { bytes, others } = await readAll(await open(host));
    expect(bytes.toString()).toBe("fine");
    expect(others.map(({ kind }) => kind)).toEqual(["exit"]);
  });

  it("says version skew for what it needs and can't read", async () => {
    await using host = await TestHost.listen();
    host.hooks.welcomed = ({ say }) => say({ type: "exit", state: "evaporated" } as never);
    await expect(readAll(await open(host))).rejects.toMatchObject({ code: "version-skew" });
  });

  it("reads a log to its end, and after a cut from where it was", async () => {
    await using host = await TestHost.listen();
    host.print("0123456789");
    let first = true;
    host.hooks.welcomed = ({ hello, socket, say, output }) => {
      const start = hello.want.kind === "log" && "offset" in hello.want.start ? hello.want.start.offset : 0;
      output(start, host.output.subarray(start, first ? 4 : 10));
      if (!first) return say({ type: "end", offset: 10 });
      first = false;
      socket.close(1012);
    };
    const stream = await open(host, { want: { kind: "log", start: { beginning: true }, follow: false }, renew: async () => host.grant() });
    const { bytes, others } = await readAll(stream);
    expect(bytes.toString()).toBe("0123456789");
    expect(others.at(-1)).toEqual({ kind: "end", offset: 10 });
  });

  it("gets the whole screen again on demand, without telling a cut", async () => {
    await using host = await TestHost.listen();
    host.print("x");
    const stream = await open(host);
    const reading = readAll(stream);
    await vi.waitFor(() => expect(host.wants.length).toBe(1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    stream.refresh();
    await vi.waitFor(() => expect(host.wants.length).toBe(2));
    expect(host.wants[1]).not.toHaveProperty("from");
    await vi.waitFor(() => expect(stream.connected).toBe(true));
    await stream.detach();
    expect((await reading).others).toEqual([]);
  });

  it("leaves: what was typed before goes first", async () => {
    await using host = await TestHost.listen();
    const said: string[] = [];
    host.hooks.message = (_, message) => said.push(message.type);
    const stream = await open(host);
    await stream.write(Buffer.from("last words"));
    await stream.detach();
    await vi.waitFor(() => expect(said).toEqual(["detach"]));
    expect(host.typed.toString()).toBe("last words");
    expect((await readAll(stream)).others).toEqual([]);
  });
});
