import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { waitFor } from "@fleetwire/shared/testing";
import { connectControl, TestHost } from "../testing/test-host.ts";
import { SegmentLog } from "./segment-log.ts";

const KEEP = 1024 * 1024;
/** Numbered lines of 16 bytes (with CR): the content at an offset is known. */
const LINES = (count: number) => `awk 'BEGIN { for (i = 0; i < ${count}; i++) printf "%014d\\n", i }'`;
const lineAt = (offset: number) => `${String(Math.floor(offset / 16)).padStart(14, "0")}\r\n`;

function expectLines(bytes: Buffer, from: number): void {
  const expected = Buffer.from(Array.from({ length: Math.ceil(bytes.length / 16) + 1 }, (_, i) => lineAt(from - (from % 16) + i * 16)).join(""));
  expect(bytes.equals(expected.subarray(from % 16, (from % 16) + bytes.length))).toBe(true);
}

describe("a session's log", () => {
  it("is bounded, says what was rotated away, and a follower gets every byte of it", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn(`read x; ${LINES(500_000)}`, { logBytes: KEEP });
    const follower = await host.connect(session, { kind: "log", start: { beginning: true }, follow: true });
    await host.control.call("type", { id: session.id, epoch: session.epoch, enter: true });
    await follower.until("end", 30_000);
    expect(follower.faults).toEqual([]);
    const end = follower.last("end")?.offset ?? 0;
    expect(end).toBe(2 + 500_000 * 16);
    // A follower that is slower than the rotation is told what it missed; what it got is right.
    const gaps = follower.messages.filter((message) => message.type === "gap");
    if (gaps.length === 0) {
      expect(follower.bytes.length).toBe(end);
      expectLines(follower.bytes.subarray(2), 0);
    }
    const { logStart } = await waitFor("the rotation", async () => {
      const now = await host.get(session);
      return now.logStart > 0 && now;
    });
    expect(end - logStart).toBeGreaterThanOrEqual(KEEP);
    await waitFor("the bound on disk", () => readdirSync(session.dir).filter((name) => name.endsWith(".log")).reduce((sum, name) => sum + statSync(join(session.dir, name)).size, 0) <= KEEP * 1.5);
    const log = await host.log(session);
    expect(log.messages.filter(({ type }) => type === "gap")).toEqual([]);
    expectLines(log.bytes, log.bytes.length === 0 ? 0 : end - 2 - log.bytes.length);
    const old = await host.log(session, { offset: 100 });
    expect(old.last("gap")).toMatchObject({ from: 100, reason: "rotated" });
  }, 60_000);

  it("starts at an offset, at the last lines, at a time; and ends", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn(`${LINES(1000)}; sleep 0.3; echo late; read x; echo after`);
    await waitFor("late", async () => (await host.get(session)).offset >= 16_006);
    const { lastOutputAt } = await host.get(session);
    expect((await host.log(session, { offset: 15_984 })).text).toBe(`${lineAt(15_984)}late\r\n`);
    expect((await host.log(session, { tailLines: 2 })).text).toBe(`${lineAt(15_984)}late\r\n`);
    expect((await host.log(session, { tailLines: 0 })).text).toBe("");
    expect((await host.log(session, { sinceMs: (lastOutputAt ?? 0) - 20 })).text).toBe("late\r\n");
    expect((await host.log(session, { tailLines: 5000 })).bytes.length).toBe(16_006);
    const follower = await host.connect(session, { kind: "log", start: { tailLines: 1 }, follow: true });
    await follower.prints("late");
    await host.control.call("type", { id: session.id, epoch: session.epoch, enter: true });
    await follower.until("end");
    expect(follower.text).toContain("after\r\n");
    expect(follower.last("exit")).toMatchObject({ exit: { code: 0 } });
    await waitFor("the close", () => follower.closeCode === 1000);
  });

  it("goes on with its offsets under a new epoch; the new life starts with a clean screen", async () => {
    await using host = await TestHost.start();
    const first = await host.spawn("printf '\\033[?1049hfirst'", { id: 5 });
    await host.ended(first);
    const second = await host.spawn("printf second; read x", { id: 5 });
    await waitFor("second", async () => (await host.get(second)).offset === 13 + 6);
    const log = await host.log(second);
    expect(log.text).toBe("\u001b[?1049hfirstsecond");
    const viewer = await host.attach(second);
    const { bytes } = await viewer.snapshot();
    expect(bytes.toString()).toContain("second");
    expect(bytes.toString()).not.toContain("first");
    expect(bytes.toString()).not.toContain("\u001b[?1049h");
    await expect(host.get(first)).rejects.toMatchObject({ code: "unknown-session" });
  });

  it("of an ended session is opened again, by another host too", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn(`${LINES(100_000)}; printf '\\033[5;5Hlast picture'; exit 3`, { logBytes: KEEP });
    const ended = await host.ended(session);
    await waitFor("the rotation", async () => (await host.get(session)).logStart > 0);
    await host.control.call("forget", { id: session.id, epoch: session.epoch });
    const { exit, startedAt, endedAt, size } = ended;
    const opened = await host.control.call("open", { id: session.id, epoch: session.epoch, dir: session.dir, size, exit, startedAt, endedAt: endedAt ?? 0 });
    expect(opened).toMatchObject({ running: false, exit: { code: 3 }, offset: ended.offset });
    const viewer = await host.attach(session);
    expect((await viewer.snapshot()).bytes.toString()).toContain("last picture");
    expect(await viewer.until("exit")).toMatchObject({ state: "exited", exit: { code: 3 } });
  }, 40_000);

  it("a removed directory: the session goes on, it is said, and the log recovers", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("stty -echo; while read x; do echo \"got $x\"; done");
    const type = (text: string) => host.control.call("type", { id: session.id, epoch: session.epoch, text, enter: true });
    const viewer = await host.attach(session);
    await type("one");
    await viewer.prints("got one");
    rmSync(session.dir, { recursive: true });
    await type("two");
    await viewer.prints("got two");
    await waitFor("the log again", () => readdirSync(session.dir).some((name) => name.endsWith(".log")));
    await waitFor("the record beside it", () => existsSync(join(session.dir, "life.json")));
    await type("three");
    await viewer.prints("got three");
    await type("four");
    await viewer.prints("got four");
    const again = await host.attach(session);
    const picture = (await again.snapshot()).bytes.toString();
    for (const word of ["one", "two", "three", "four"]) expect(picture).toContain(`got ${word}`);
    expect((await host.log(session, { tailLines: 1 })).text).toBe("got four\r\n");
  });

  it("a directory removed before anything was written comes back with the record, too", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("stty -echo; read x; echo \"got $x\"; read x");
    rmSync(session.dir, { recursive: true });
    await host.control.call("type", { id: session.id, epoch: session.epoch, text: "one", enter: true });
    await waitFor("both", () => existsSync(join(session.dir, "life.json")) && readdirSync(session.dir).some((name) => name.endsWith(".log")));
  });

  it("a disk that can't be written: a warning, a gap, and no end of anything", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("stty -echo; while read x; do echo \"got $x\"; done");
    const type = (text: string) => host.control.call("type", { id: session.id, epoch: session.epoch, text, enter: true });
    const viewer = await host.attach(session);
    await type("one");
    await viewer.prints("got one");
    // A file where the directory was: root may write anywhere else.
    rmSync(session.dir, { recursive: true });
    writeFileSync(session.dir, "");
    await type("two");
    await viewer.prints("got two");
    await waitFor("the warning", async () => (await host.get(session)).warning !== undefined);
    await waitFor("the event", () => host.control.events.some((event) => event.event === "changed" && event.session.warning !== undefined));
    rmSync(session.dir);
    await waitFor("the recovery", async () => {
      await type("x");
      return (await host.get(session)).warning === undefined;
    });
    const again = await host.attach(session);
    expect((await again.snapshot()).bytes.toString()).toContain("got two");
  });

  it("begins with its first byte, also before a file has it", async () => {
    const dir = await mkdtemp(join(tmpdir(), "fw-"));
    try {
      const log = new SegmentLog(dir, 100 * 1024 * 1024);
      log.append(Buffer.from("first"));
      expect([log.start, log.flushed, log.end]).toEqual([0, 0, 5]);
      await log.flush();
      expect(log.start).toBe(0);
      expect((await log.read(0, 5))?.bytes.toString()).toBe("first");
      await log.close();
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it("keeps what it is given in order and reads it at any offset", async () => {
    const dir = await mkdtemp(join(tmpdir(), "fw-"));
    try {
      const log = new SegmentLog(dir, 100 * 1024 * 1024);
      for (let i = 0; i < 1000; i++) log.append(Buffer.alloc(1 + ((i * 37) % 700), i % 256));
      await log.flush();
      await log.close();
      const again = new SegmentLog(dir, 100 * 1024 * 1024);
      expect(again.end).toBe(log.end);
      let at = 0;
      for (let i = 0; i < 1000; i++) {
        const length = 1 + ((i * 37) % 700);
        if (i % 50 === 0) expect((await again.read(at, length))?.bytes.equals(Buffer.alloc(length, i % 256))).toBe(true);
        at += length;
      }
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

describe("agents come and go", () => {
  it("a new agent adopts what runs; another node's is refused; sessions and viewers go on", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("cat");
    const viewer = await host.attach(session);
    host.control[Symbol.dispose]();
    using second = await connectControl(host.socketPath, host.nodeKey.publicKey);
    expect(second.hello.sessions).toMatchObject([{ id: session.id, running: true, attached: 1 }]);
    await expect(connectControl(host.socketPath, host.control.hello.hostKey)).rejects.toMatchObject({ code: "denied" });
    viewer.type(0, Buffer.from("still here\r"));
    await viewer.prints("still here");
    await second.call("kill", { id: session.id, epoch: session.epoch, signal: "KILL", graceMs: 0 });
    await waitFor("the event", () => second.events.some(({ event }) => event === "ended"));
  });
});
