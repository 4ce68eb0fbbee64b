// The stream against the real PTY host, started as a process: the same promises as against the scripted one, end to end.
import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BadLink, counts } from "@fleetwire/shared/testing";
import type { AttachAddress } from "@fleetwire/shared/bus";
import type { Want } from "@fleetwire/shared/wire";
import { openStream } from "./open-stream.ts";
import { RealHost } from "./test-real-host.ts";
import { readAll } from "./test-stream.ts";

let host: RealHost;
beforeAll(async () => {
  host = await RealHost.start();
});
afterAll(() => host[Symbol.asyncDispose]());

const FAST = { backoffBaseMs: 2, backoffMaxMs: 20 };
/** Two lines of sha256sum. */
const DIGESTS = 2 * 68;
const ALL: Want = { kind: "attach", mode: "lossless", from: 0 };

describe("with the real host", () => {
  it("shows the screen, types, and gives the exit after the last byte", async () => {
    const grant = await host.launch("printf 'name? '; read name; echo hello $name; exit 4");
    const stream = await openStream({ ...grant(), want: { kind: "attach", mode: "latest", size: { cols: 100, rows: 30 }, scrollback: 100 } });
    const events = stream[Symbol.asyncIterator]();
    const seen: string[] = [];
    const next = async () => {
      const { value } = await events.next();
      if (value?.kind === "snapshot" || value?.kind === "output") seen.push(value.bytes.toString());
      return value;
    };
    while (!seen.join("").includes("name?")) await next();
    await stream.write(Buffer.from("fleet\r"));
    for (let event = await next(); event !== undefined; event = await next()) if (event.kind === "exit") expect(event.exit).toEqual({ code: 4 });
    expect(seen.join("")).toContain("hello fleet");
  });

  it("has the last line of a program that prints and exits, every time", async () => {
    for (let run = 0; run < 15; run++) {
      const grant = await host.launch("seq 1 3000; echo the end");
      const { bytes, others } = await readAll(await openStream({ ...grant(), want: ALL }));
      expect(bytes.toString()).toBe(`${Array.from({ length: 3000 }, (_, line) => `${line + 1}\r\n`).join("")}the end\r\n`);
      expect(others.at(-1)).toMatchObject({ kind: "exit", exit: { code: 0 } });
    }
  });

  it("loses and doubles no byte in either direction, wherever the connection is cut", async () => {
    const cuts = counts(30, 1_000);
    const lines = counts(2_600_000, 115_000_000);
    const input = randomBytes(counts(1_000_000, 30_000_000));
    await using link = await BadLink.open({ host: "127.0.0.1", port: host.port });
    const address: AttachAddress = { kind: "url", url: `ws://127.0.0.1:${link.port}` };
    // What is typed is hashed there while the lines are printed; what is printed is hashed here.
    const grant = await host.launch(`stty raw -echo; echo; exec 3<&0; head -c ${input.length} <&3 | sha256sum > typed & seq 1 ${lines}; wait; cat typed; (echo; seq 1 ${lines}) | sha256sum`);
    const each = (lines * 8 + input.length) / cuts / 1.3;
    const stream = await openStream({ ...grant(address), want: ALL, renew: async () => grant(address), onStatus: ({ state }) => state === "connected" && link.cutAfter(Math.random() * 2 * each) }, FAST);
    let typing: Promise<void> | undefined;
    const type = async () => {
      for (let at = 0; at < input.length; at += 8_000) await stream.write(input.subarray(at, at + 8_000));
    };
    const printed = createHash("sha256");
    let tail = Buffer.alloc(0);
    const others: string[] = [];
    for await (const event of stream) {
      if (event.kind !== "output") others.push(event.kind);
      else {
        // Its first line says that the terminal is raw.
        typing ??= type();
        const all = Buffer.concat([tail, event.bytes]);
        printed.update(all.subarray(0, Math.max(0, all.length - DIGESTS)));
        tail = all.subarray(-DIGESTS);
      }
    }
    await typing;
    const [typed, expected] = tail.toString().split("\n").map((line) => line.slice(0, 64));
    expect(typed, tail.toString()).toBe(createHash("sha256").update(input).digest("hex"));
    expect(printed.digest("hex")).toBe(expected);
    expect(others.filter((kind) => kind === "gap" || kind === "snapshot")).toEqual([]);
    expect(link.cuts).toBeGreaterThan(cuts * 0.7);
  }, counts(60_000, 1_800_000));

  it("fills a long line: no window of ours is what limits a lossless viewer 100 ms away", async () => {
    const size = counts(60_000_000, 400_000_000);
    const perSecond = async (delayMs: number): Promise<number> => {
      await using link = await BadLink.open({ host: "127.0.0.1", port: host.port }, { delayMs });
      const grant = await host.launch(`sleep 0.3; head -c ${size} /dev/zero`);
      const stream = await openStream({ ...grant({ kind: "url", url: `ws://127.0.0.1:${link.port}` }), want: ALL });
      let got = 0;
      let began = 0;
      for await (const event of stream) {
        if (event.kind !== "output") continue;
        if (got === 0) began = performance.now();
        got += event.bytes.length;
      }
      expect(got).toBe(size);
      return size / 1e6 / ((performance.now() - began) / 1000);
    };
    const [near, far] = [await perSecond(0), await perSecond(100)];
    expect(far, `MB/s; ${near} without the delay`).toBeGreaterThan(Math.min(20, near / 3));
  }, 120_000);

  it("leaves, and the session goes on", async () => {
    const grant = await host.launch("echo here; exec sleep 60");
    const stream = await openStream({ ...grant(), want: ALL });
    await stream.detach();
    const again = await openStream({ ...grant(), want: { kind: "screen", format: "text" } });
    const { others } = await readAll(again);
    expect(others[0]).toMatchObject({ kind: "snapshot", header: { format: "text" } });
  });

  it("reads a log", async () => {
    const grant = await host.launch("seq 1 100");
    const log = await readAll(await openStream({ ...grant(), want: { kind: "log", start: { beginning: true }, follow: true } }));
    expect(log.bytes.toString()).toBe(Array.from({ length: 100 }, (_, line) => `${line + 1}\r\n`).join(""));
    expect(log.others.map(({ kind }) => kind)).toEqual(["exit", "end"]);
    const tail = await readAll(await openStream({ ...grant(), want: { kind: "log", start: { tailLines: 2 }, follow: false } }));
    expect(tail.bytes.toString()).toBe("99\r\n100\r\n");
  });

  it.each([true, false])("is told when a log was printed, each time before its bytes (follow: %s)", async (follow) => {
    const grant = await host.launch("i=0; while [ $i -lt 1500 ]; do i=$((i+1)); echo $i; [ $((i % 3)) = 0 ] && sleep 0.002; done; sleep 0.1; echo last");
    if (!follow) await new Promise((resolve) => setTimeout(resolve, 3_000));
    const before = Date.now();
    await using stream = await openStream({ ...grant(), want: { kind: "log", start: { beginning: true }, follow, timing: true } });
    let received = 0;
    const marks: (readonly number[])[] = [];
    for await (const event of stream) {
      if (event.kind === "output") received = event.offset + event.bytes.length;
      if (event.kind !== "timing") continue;
      for (const mark of event.marks) expect(mark[0]).toBeGreaterThanOrEqual(received);
      marks.push(...event.marks);
    }
    expect(marks[0]).toEqual([0, expect.any(Number), 80, 24]);
    expect(marks.length).toBeGreaterThan(50);
    const times = marks.map(([, ms]) => ms ?? 0);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const [last, lastTime] = marks.at(-1) ?? [];
    expect(last).toBe(received - "last\r\n".length);
    expect((lastTime ?? 0) - (times.at(-2) ?? 0)).toBeGreaterThanOrEqual(90);
    expect(Math.abs((times[0] ?? 0) - before)).toBeLessThan(10_000);
  });

  it("is refused with a ticket that was used, and with one for a session that isn't there", async () => {
    const grant = await host.launch("exec sleep 60");
    const first = grant();
    await using _stream = await openStream({ ...first, want: ALL });
    await expect(openStream({ ...first, want: ALL })).rejects.toMatchObject({ code: "bad-ticket" });
    await expect(openStream({ ...(await host.launch("exec sleep 60"))({ kind: "unix", path: "/nowhere.sock" }), want: ALL })).rejects.toMatchObject({ code: "host-unreachable" });
  });
});
