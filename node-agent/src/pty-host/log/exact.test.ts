// D5: the log's bytes are the bytes printed, whatever they are, while the log rotates and is read.
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { counts } from "@fleetwire/shared/testing";
import { TestHost } from "../testing/test-host.ts";
import { SegmentLog } from "./segment-log.ts";

const digest = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const everyByte = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
const kinds: [string, () => Buffer][] = [
  ["all 256 values, many times", () => Buffer.concat(Array.from({ length: 4_000 }, () => everyByte))],
  ["noise", () => randomBytes(counts(2, 30) * 1024 * 1024)],
  ["NULs", () => Buffer.alloc(1_000_000)],
  ["UTF-8 that is cut, overlong and surrogate", () => Buffer.concat(Array.from({ length: 20_000 }, () => Buffer.from("e282 f0908d c0af eda080 fffe 80 f09f 00e4 f5ffff".replaceAll(" ", ""), "hex")))],
  ["a line of 10 MB", () => Buffer.alloc(10 * 1024 * 1024, "0123456789abcdef")],
  ["wide emoji, joined and flagged", () => Buffer.from("👩‍👩‍👧‍👦🏳️‍🌈🇩🇪é\u0301漢字\u200b".repeat(20_000))],
  ["escape sequences that never end", () => Buffer.from(`\u001b]0;${"t".repeat(500_000)}\u001b[${"1;".repeat(100_000)}\u001bP${"q".repeat(200_000)}`)],
];

it.each(kinds)("%s: in the log as printed, and read back so", async (_what, make) => {
  await using host = await TestHost.start();
  const file = join(host.dir, "printed");
  const bytes = make();
  writeFileSync(file, bytes);
  const session = await host.spawn(`stty raw -echo; exec cat ${file}`);
  expect((await host.ended(session)).offset).toBe(bytes.length);
  const log = await host.log(session);
  expect(log.faults).toEqual([]);
  expect(digest(log.bytes)).toBe(digest(bytes));
}, 60_000);

it("a thousand rotations under readers: nobody gets a wrong byte, and the bound holds", async () => {
  const dir = mkdtempSync(join(tmpdir(), "fw-"));
  try {
    const keep = 256 * 1024;
    const log = new SegmentLog(dir, keep);
    const byteAt = (offset: number) => (offset * 31 + (offset >> 8) * 17 + (offset >> 16)) & 0xff;
    const pattern = (from: number, length: number) => Buffer.from(Uint8Array.from({ length }, (_, n) => byteAt(from + n)));
    const rotations = 1_000;
    const until = rotations * 64 * 1024 + keep;
    let writing = true;
    let checked = 0;
    const read = async (start: () => number) => {
      while (writing) {
        const part = await log.read(start(), 8_192);
        if (part !== undefined) {
          if (!part.bytes.equals(pattern(part.offset, part.bytes.length))) throw new Error(`wrong bytes at ${part.offset}`);
          checked++;
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    // At the very edge that rotates away, in the middle, at the end, and from what is long gone.
    const readers = [read(() => log.start), read(() => Math.floor((log.start + log.flushed) / 2)), read(() => log.flushed - 5_000), read(() => 0)];
    let seen = 0;
    for (let at = 0; at < until; ) {
      const length = Math.min(48 * 1024 + (at % 7_919), until - at);
      log.append(pattern(at, length));
      at += length;
      await log.flush();
      seen = Math.max(seen, log.end - log.start);
    }
    writing = false;
    await Promise.all(readers);
    expect(checked).toBeGreaterThan(1_000);
    expect(log.end).toBe(until);
    expect(log.start).toBeGreaterThan((rotations - 10) * 64 * 1024);
    // A segment more than what is kept, and what was just given.
    expect(seen).toBeLessThan(keep + 3 * 64 * 1024);
    expect(readdirSync(dir).length).toBeLessThan(10);
    const left = await log.read(0, 1);
    expect(left).toMatchObject({ offset: log.start, missing: "rotated" });
    await log.close();
  } finally {
    rmSync(dir, { recursive: true });
  }
}, 60_000);
