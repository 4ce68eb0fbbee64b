// A session's log on disks that fail: what is printed reaches viewers, what is lost is said, and it recovers by itself.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canMount, readOnly, SmallDisk, waitFor } from "@fleetwire/shared/testing";
import { Epoch } from "@fleetwire/shared/ids";
import { TestHost, type Spawned } from "../testing/test-host.ts";
import { SegmentLog } from "./segment-log.ts";
import { TimingIndex } from "./timing-index.ts";

const mountable = canMount();
/** Prints as many bytes as it is told, and a word after them. */
const PRINTER = "stty -echo -opost; echo ready; while read n word; do head -c $n /dev/zero | tr '\\0' x; echo \"$word\"; done";
const told = (host: TestHost, { id, epoch }: Spawned) => (bytes: number, word: string) => host.control.call("type", { id, epoch, text: `${bytes} ${word}`, enter: true });

describe.skipIf(!mountable)("a disk that is full", () => {
  it("viewers see everything, the warning comes and goes by itself, the hole is told as the disk's", async () => {
    await using host = await TestHost.start();
    using disk = new SmallDisk(host.directoryOf(1), 8 * 1024 * 1024);
    const session = await host.spawn(PRINTER);
    const print = told(host, session);
    const viewer = await host.attach(session, { from: 0 });
    await viewer.prints("ready");
    await print(1_000, "first");
    await viewer.prints("first");
    await waitFor("it is on disk", () => readdirSync(session.dir).some((name) => name.endsWith(".log") && statSync(join(session.dir, name)).size > 1_000));
    disk.fill();
    await print(600_000, "second");
    await viewer.prints("second");
    await waitFor("the warning", async () => /no space/.test((await host.get(session)).warning ?? ""));
    await waitFor("the event", () => host.control.events.some((event) => event.event === "changed" && event.session.warning !== undefined));
    disk.free();
    await waitFor("the recovery without output", async () => (await host.get(session)).warning === undefined, 5_000);
    await print(10, "third");
    await viewer.prints("third");
    expect(viewer.faults).toEqual([]);
    // So much that memory has the hole no more.
    await print(3_000_000, "fourth");
    await viewer.prints("fourth");
    expect(viewer.faults).toEqual([]);
    expect(viewer.bytes.length).toBe((await host.get(session)).offset);
    const log = await host.log(session);
    const gap = log.last("gap");
    expect(gap).toMatchObject({ reason: "disk" });
    expect(log.bytes.length).toBe((await host.get(session)).offset - ((gap?.to ?? 0) - (gap?.from ?? 0)));
    // The newest waited for the disk.
    expect(log.text).toMatch(/x{60000}second\nx{10}third\nx{3000000}fourth\n$/);
    expect(log.text).toMatch(/^ready\nx{1000}first\n/);
    expect((await (await host.attach(session)).snapshot()).bytes.toString()).toContain("fourth");
  });

  it("an end is written down when space returns, with the last output; the next life begins after what was lost", async () => {
    await using host = await TestHost.start();
    using disk = new SmallDisk(host.directoryOf(1), 256 * 1024);
    const session = await host.spawn("stty -opost; sleep 0.3; head -c 300000 /dev/zero | tr '\\0' y; echo last; exit 7");
    disk.fill();
    const ended = await host.ended(session);
    expect(ended).toMatchObject({ exit: { code: 7 }, offset: 300_005 });
    const life = () => JSON.parse(readFileSync(join(session.dir, "life.json"), "utf8") || "{}") as { endedAt?: number; exit?: object };
    disk.free();
    await waitFor("the record", () => life().exit ?? undefined, 5_000);
    expect(life()).toMatchObject({ exit: { code: 7 }, offset: 300_005 });
    await waitFor("the last output", () => readdirSync(session.dir).filter((name) => name.endsWith(".log")).some((name) => readFileSync(join(session.dir, name), "utf8").endsWith("last\n")));
    await waitFor("no warning", async () => (await host.get(session)).warning === undefined);
    const { endedAt, startedAt, exit } = ended;
    await host.control.call("forget", { id: session.id, epoch: session.epoch });
    const size = { cols: 80, rows: 24 };
    const { offset, logStart } = await host.control.call("open", { id: session.id, epoch: session.epoch, dir: session.dir, size, exit, startedAt, endedAt: endedAt ?? 0 });
    expect(offset).toBe(300_005);
    expect(logStart).toBeGreaterThan(200_000);
    // What follows has offsets of its own even where the files have less.
    disk.fill();
    const next = await host.control.call("spawn", { id: session.id, epoch: Epoch.parse("abcdef012345"), argv: ["/bin/sh", "-c", "echo again"], cwd: "/", env: {}, size, dir: session.dir, logBytes: 1_048_576, begin: 400_000 });
    expect(next.pid).toBeGreaterThan(0);
    await waitFor("the next life printed", async () => (await host.control.call("get", { id: session.id, epoch: Epoch.parse("abcdef012345") })).offset === 400_007);
  });

  it("a launch with the log's directory full or read-only runs, and says so", async () => {
    await using host = await TestHost.start();
    using disk = new SmallDisk(host.directoryOf(1), 64 * 1024);
    disk.fill();
    const full = await host.spawn("echo here; sleep 100");
    const viewer = await host.attach(full);
    await viewer.snapshot();
    await waitFor("it says so", async () => /no space/.test((await host.get(full)).warning ?? ""));
    using small = new SmallDisk(host.directoryOf(2), 64 * 1024);
    using _shut = readOnly(small.path);
    const shut = await host.spawn("echo there; sleep 100");
    await waitFor("it says so", async () => /read-only/.test((await host.get(shut)).warning ?? ""));
    expect((await (await host.attach(shut)).snapshot()).bytes.toString()).toContain("there");
  });
});

describe("records beside the log", () => {
  it("a torn timing record does not shift those after it", async () => {
    const dir = mkdtempSync(join(tmpdir(), "fw-"));
    try {
      const first = new TimingIndex(dir);
      first.resized(1_000, 0, { cols: 80, rows: 24 });
      await first.flush();
      writeFileSync(join(dir, "timing.idx"), Buffer.concat([readFileSync(join(dir, "timing.idx")), Buffer.alloc(7, 9)]));
      const second = new TimingIndex(dir);
      second.resized(2_000, 500, { cols: 100, rows: 30 });
      await second.flush();
      expect(new TimingIndex(dir).sizes).toEqual([{ ms: 1_000, offset: 0, size: { cols: 80, rows: 24 } }, { ms: 2_000, offset: 500, size: { cols: 100, rows: 30 } }]);
      expect(await second.offsetAt(1_500)).toBe(500);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it("the timing index has a bound, and keeps every size", async () => {
    const dir = mkdtempSync(join(tmpdir(), "fw-"));
    try {
      const index = new TimingIndex(dir, 16 * 1024);
      for (let n = 0; n < 20_000; n++) {
        index.output(n * 20, n);
        if (n % 5_000 === 2_500) index.resized(n * 20 + 1, n, { cols: 80 + n / 2_500, rows: 24 });
        if (n % 100 === 0) await index.flush();
      }
      await index.flush();
      expect(statSync(join(dir, "timing.idx")).size).toBeLessThanOrEqual(16 * 1024);
      expect(new TimingIndex(dir).sizes.map(({ offset }) => offset)).toEqual([2_500, 7_500, 12_500, 17_500]);
      expect(await index.offsetAt(19_990 * 20)).toBe(19_990);
      const early = (await index.offsetAt(10_000 * 20)) ?? 0;
      expect(early).toBeGreaterThanOrEqual(10_000);
      expect(early).toBeLessThan(14_000);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it("a log that goes on after a known offset has a hole there, not other bytes", async () => {
    const dir = mkdtempSync(join(tmpdir(), "fw-"));
    try {
      const first = new SegmentLog(dir, 1024 * 1024);
      first.append(Buffer.from("first"));
      await first.close();
      const second = new SegmentLog(dir, 1024 * 1024, 100);
      second.append(Buffer.from("second"));
      await second.flush();
      expect(second.end).toBe(106);
      expect(await second.read(5, 100)).toMatchObject({ offset: 100, missing: "disk" });
      await second.close();
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
