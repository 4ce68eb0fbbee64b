import { createHash, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import headless from "@xterm/headless";
import { describe, expect, it } from "vitest";
import { BadLink, counts, waitFor } from "@fleetwire/shared/testing";
import { createAttachKey } from "@fleetwire/shared/wire";
import type { TestClient } from "../testing/test-client.ts";
import { TestHost, type Spawned } from "../testing/test-host.ts";
import { expectSameScreens } from "../testing/witness.ts";

const sha = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function shown(parts: { cols: number; rows: number }, ...bytes: Buffer[]): Promise<string> {
  const terminal = new headless.Terminal({ ...parts, allowProposedApi: true, scrollback: 5000 });
  for (const part of bytes) await new Promise<void>((resolve) => terminal.write(part, resolve));
  const { active } = terminal.buffer;
  return `${active.type}\n${Array.from({ length: parts.rows }, (_, y) => active.getLine(active.baseY + y)?.translateToString(true)).join("\n")}\n${active.cursorX},${active.cursorY}`;
}

describe("attaching (D2)", () => {
  it("an idle full-screen program is there at once, whole, at any time of joining", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("printf 'before\\r\\n\\033[?1049h\\033[2J\\033[3;5H\\033[7mmenu\\033[m\\033[10;1Hline \\342\\202\\254\\033[?25l\\033[?2004h'; read x; printf '\\033[12;1Hmore'; read y");
    const first = await host.attach(session);
    await waitFor("the menu", async () => (await host.get(session)).offset > 60);
    const late = await host.attach(session, { mode: "latest" });
    const { header, bytes } = await late.snapshot();
    expect(await shown(header, bytes)).toContain("alternate\n\n\n    menu");
    expect(bytes.toString()).toContain("\u001b[?2004h");
    first.type(0, Buffer.from("\r"));
    await late.prints("more");
    const start = await first.snapshot();
    expect(await shown(header, bytes, late.bytes)).toBe(await shown(header, start.bytes, first.bytes));
    expect(header.cursor?.visible).toBe(false);
  });

  it("each byte once and in order, joining while a counter prints", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("i=0; while [ $i -lt 20000 ]; do echo n$i; i=$((i+1)); done; read x", { size: { cols: 80, rows: 24 } });
    for (let round = 0; round < 5; round++) {
      const viewer = await host.attach(session, { scrollback: 0 });
      await viewer.snapshot();
      await sleep(30);
      viewer.cut();
      expect(viewer.faults).toEqual([]);
    }
    const last = await host.attach(session);
    await waitFor("the end", async () => Buffer.concat([...last.snapshotBytes, last.bytes]).toString().includes("n19999"));
  });

  it("a size change reaches the program and the other viewers; readers have no say; typing takes the size", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("stty -echo; while read x; do stty size; done");
    const reader = await host.attach(session, { size: { cols: 20, rows: 5 } }, { scope: "read" });
    const one = await host.attach(session, { size: { cols: 100, rows: 30 } });
    const two = await host.attach(session, { size: { cols: 60, rows: 20 } });
    one.type(0, Buffer.from("\r"));
    await one.prints("30 100");
    two.type(0, Buffer.from("\r"));
    await two.prints("20 60");
    expect(reader.last("size")).toMatchObject({ cols: 60, rows: 20, mine: false });
    expect(two.last("size")).toMatchObject({ mine: true });
    one.say({ type: "policy", policy: "largest" });
    await waitFor("the largest", async () => (await host.get(session)).size.cols === 100);
    reader.say({ type: "resize", cols: 300, rows: 90 });
    one.say({ type: "policy", policy: "smallest" });
    await waitFor("the smallest", async () => (await host.get(session)).size.cols === 60);
    reader.say({ type: "claim" });
    await waitFor("the refusal", () => reader.closeCode === 4403);
    expect((await host.get(session)).size).toEqual({ cols: 60, rows: 20 });
  });

  it("a reader's input ends its connection and reaches nothing", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("cat");
    const reader = await host.attach(session, {}, { scope: "read" });
    reader.type(0, Buffer.from("typed\r"));
    await waitFor("the close", () => reader.closeCode === 4403);
    expect(reader.last("error")?.code).toBe("read-only");
    expect((await host.get(session)).offset).toBe(0);
  });

  it("a viewer that vanishes is counted no more", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("cat");
    const viewers = await Promise.all([host.attach(session), host.attach(session)]);
    expect((await host.get(session)).attached).toBe(2);
    for (const viewer of viewers) viewer.cut();
    await waitFor("nobody attached", async () => (await host.get(session)).attached === 0);
  });
});

describe("a viewer that is behind (D4)", () => {
  const FLOOD = "head -c 30000000 /dev/zero | tr '\\0' 'y'; printf '\\nLAST-LINE\\n'; read x";

  it("latest: the program isn't slowed, memory stays, the gap is told, the last screen is right", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn(FLOOD, { size: { cols: 80, rows: 24 } });
    const stalled = await host.attach(session, { mode: "latest" });
    stalled.socket.pause();
    const before = process.memoryUsage().rss;
    await waitFor("the flood's end", async () => (await host.get(session)).offset >= 30_000_000, 30_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    stalled.socket.resume();
    await waitFor("the last line", () => Buffer.concat([...stalled.snapshotBytes, stalled.bytes]).toString().includes("LAST-LINE"), 20_000);
    expect(stalled.messages.some((message) => message.type === "gap" && message.reason === "skipped")).toBe(true);
    expect(stalled.faults).toEqual([]);
  }, 90_000);

  it("latest: while a program floods, those who keep up get pictures of it too, and with the last one what scrolled by", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn(FLOOD);
    const watching = await Promise.all([1, 2, 3].map(() => host.attach(session, { mode: "latest", scrollback: 300 })));
    await waitFor("the last line", () => watching.every((client) => Buffer.concat([...client.snapshotBytes, client.bytes]).includes("LAST-LINE")), 40_000);
    for (const client of watching) {
      const pictures = client.messages.flatMap((message) => (message.type === "snapshot" ? [message] : []));
      const left = client.messages.reduce((sum, message) => sum + (message.type === "gap" ? message.to - message.from : 0), 0);
      expect(left).toBeGreaterThan(2_000_000);
      // The first, some during the flood, and one for its end.
      expect(pictures.length).toBeGreaterThan(2);
      expect(pictures.slice(1).every(({ replaces }) => replaces === "screen")).toBe(true);
      // One long line, which is 300 rows of scrollback.
      await waitFor("the last picture", () => Buffer.concat(client.snapshotBytes).length > 300 * 80);
      expect(client.faults).toEqual([]);
    }
  }, 90_000);

  it("latest: who reads again after a while sees the present before long: little is on its way", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("stty -echo; n=0; while :; do n=$((n+1)); echo line $n; done");
    const stalled = await host.attach(session, { mode: "latest" });
    await stalled.snapshot();
    stalled.socket.pause();
    const { offset } = await host.get(session);
    await waitFor("more than may be on its way", async () => (await host.get(session)).offset > offset + 3_000_000, 60_000);
    const { length } = stalled.messages;
    stalled.socket.resume();
    await waitFor("the gap", () => stalled.messages.slice(length).some(({ type }) => type === "gap"), 20_000);
    const gap = stalled.messages.find((message) => message.type === "gap");
    expect(gap?.type === "gap" && gap.from).toBeLessThan(offset + 1_200_000);
    expect(stalled.faults).toEqual([]);
  }, 90_000);
  it("latest, over 10 KB/s: the program prints at full speed, memory stays, the gap is told, the last screen is exact", async () => {
    await using host = await TestHost.start();
    const size = counts(30_000_000, 500_000_000);
    const seconds = async (watch: (session: Spawned) => Promise<unknown>): Promise<{ session: Spawned; took: number }> => {
      const session = await host.spawn(`read x; yes 'some words to print' | head -c ${size}; printf 'LAST-LINE\n'; read y`, { logBytes: size * 2 });
      await watch(session);
      const typist = await host.attach(session);
      const from = performance.now();
      typist.type(0, Buffer.from("\r"));
      await waitFor("the start", () => typist.inputAcked === 1);
      typist.cut();
      await waitFor("the flood's end", async () => (await host.get(session)).offset >= size, 300_000);
      return { session, took: performance.now() - from };
    };
    const { took: alone } = await seconds(async () => undefined);
    const { listening } = await host.control.call("listen", { address: "127.0.0.1", port: 0, hosts: [], origins: [] });
    await using line = await BadLink.open({ host: "127.0.0.1", port: Number(listening.split(":").at(-1)) }, { bytesPerSecond: 10_000 });
    const memory = process.memoryUsage().rss;
    let slow: TestClient | undefined;
    const { session, took } = await seconds(async (of) => {
      slow = await host.attach(of, { mode: "latest" }, { where: { url: `ws://127.0.0.1:${line.port}` } });
    });
    expect(process.memoryUsage().rss - memory).toBeLessThan(200 * 1024 * 1024);
    expect(alone / took, `${alone} ms alone, ${took} ms with the slow viewer`).toBeGreaterThan(counts(0.3, 0.7));
    line.bytesPerSecond = 10_000_000;
    await waitFor("its last line", () => slow?.next !== undefined && slow.next >= size && Buffer.concat([...slow.snapshotBytes, slow.bytes]).includes("LAST-LINE"), 120_000);
    expect(slow?.messages.some((message) => message.type === "gap" && message.reason === "skipped")).toBe(true);
    await expectSameScreens(host, session, [slow as TestClient]);
  }, counts(120_000, 900_000));

  it("lossless: every byte, however late", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn(FLOOD);
    const slow = await host.attach(session, { from: 0 });
    slow.socket.pause();
    await waitFor("the flood's end", async () => (await host.get(session)).offset >= 30_000_000, 30_000);
    slow.socket.resume();
    await waitFor("all of it", () => slow.next === 30_000_000 + 13, 30_000);
    expect(slow.faults).toEqual([]);
    expect(slow.messages.filter(({ type }) => type === "gap" || type === "snapshot")).toEqual([]);
    expect(slow.bytes.subarray(-11).toString()).toBe("LAST-LINE\r\n");
  }, 90_000);
});

describe("a connection that says nothing", () => {
  it("is ended, unless it still pings: a viewer that doesn't read for long is no dead one", async () => {
    await using host = await TestHost.start({ beat: { pingMs: 50, silenceMs: 400 } });
    const session = await host.spawn("cat");
    const [dead, busy] = await Promise.all([host.attach(session), host.attach(session)]);
    for (const client of [dead, busy]) {
      await client.snapshot();
      client.socket.pause();
    }
    const pings = setInterval(() => busy.socket.ping(), 50);
    await waitFor("the dead one's end", async () => (await host.get(session)).attached === 1);
    await sleep(800);
    clearInterval(pings);
    expect((await host.get(session)).attached).toBe(1);
    busy.socket.resume();
    busy.type(0, Buffer.from("still here\r"));
    await busy.prints("still here");
  });
});

describe("resuming (D3)", () => {
  it("cut at random points in both directions: every byte once, both ways", async () => {
    await using host = await TestHost.start();
    const size = counts(1_500_000, 50_000_000);
    const session = await host.spawn(`stty raw -echo; printf R; head -c ${size}`);
    const clientKey = createAttachKey();
    // Without ESC: what comes back is output, and the host would answer what it asks.
    const typed = Buffer.from(randomBytes(size).toString("latin1").replaceAll("\u001b", "e"), "latin1");
    let client = await host.attach(session, {}, { clientKey });
    await waitFor("the reader", () => Buffer.concat([...client.snapshotBytes, client.bytes]).includes("R"));
    const got: Buffer[] = [];
    let from = client.next ?? 0;
    let seen = client.output.length;
    const begin = from;
    let taken = 0;
    let cuts = 0;
    while (from - begin < size) {
      const inputOffset = client.last("welcome")?.inputOffset ?? 0;
      expect(inputOffset).toBeGreaterThanOrEqual(taken);
      client.type(inputOffset, typed.subarray(inputOffset, inputOffset + 400_000));
      const until = performance.now() + Math.random() * 60;
      await waitFor("some output", () => performance.now() > until || (client.next ?? 0) - begin >= size);
      const secret = client.last("welcome")?.resume ?? "";
      taken = client.inputAcked;
      client.cut();
      await waitFor("the cut", () => client.closeCode !== undefined);
      expect(client.faults).toEqual([]);
      got.push(...client.output.slice(seen));
      seen = 0;
      from = client.next ?? from;
      cuts++;
      if (from - begin >= size) break;
      client = await host.attach(session, { from }, { clientKey, resume: secret });
    }
    expect(cuts).toBeGreaterThan(2);
    expect(sha(Buffer.concat(got))).toBe(sha(typed));
  }, 300_000);

  it("a secret works once its successor has arrived no more, and not for another key", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("cat");
    const clientKey = createAttachKey();
    const first = await host.attach(session, {}, { clientKey });
    const old = (await first.welcomed).resume ?? "";
    first.cut();
    const second = await host.attach(session, { from: 0 }, { clientKey, resume: old });
    // The welcome with the new secret may have been lost: the old one still works.
    second.cut();
    const third = await host.attach(session, { from: 0 }, { clientKey, resume: old });
    third.type(0, Buffer.from("x"));
    await waitFor("the input", () => third.inputAcked === 1);
    const fresh = third.last("welcome")?.resume ?? "";
    third.cut();
    await expect(host.attach(session, { from: 0 }, { clientKey, resume: old })).rejects.toThrow(/401/);
    await expect(host.attach(session, { from: 0 }, { clientKey: createAttachKey(), resume: fresh })).rejects.toThrow(/4401/);
    await host.attach(session, { from: 0 }, { clientKey, resume: fresh });
  });
});
