import { mkdtemp, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TimingIndex } from "./timing-index.ts";
import { TimingReader } from "./timing-reader.ts";
import type { TimingRecord } from "./timing-record.ts";

const START = 1_800_000_000_000;
let dir = "";

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "fw-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function all(index: TimingIndex, from = 0, step = 7): Promise<TimingRecord[]> {
  const reader = new TimingReader(index, from);
  const found: TimingRecord[] = [];
  for (let part = await reader.next(step); part.length > 0; part = await reader.next(step)) found.push(...part);
  return found;
}

describe("the timing index", () => {
  it("has the time of everything that came 10 ms or more after what was before it", async () => {
    const index = new TimingIndex(dir);
    for (const [at, offset] of [[0, 0], [80, 10], [85, 20], [91, 30], [160, 40], [161, 2000], [162, 2010]] as const) index.output(START + at, offset);
    expect((await all(index)).map(({ ms, offset }) => [ms - START, offset])).toEqual([[0, 0], [80, 10], [91, 30], [160, 40], [161, 2000]]);
  });

  it("goes on when the clock is set back", async () => {
    const index = new TimingIndex(dir);
    index.output(START, 0);
    index.output(START - 3_600_000, 10);
    index.output(START - 3_599_000, 20);
    expect((await all(index)).map(({ offset }) => offset)).toEqual([0, 10, 20]);
  });

  it("finds any offset and any time, whatever was printed and resized", async () => {
    const step = fc.record({ pause: fc.integer({ min: 10, max: 100_000 }), bytes: fc.integer({ min: 1, max: 5_000_000_000 }), resize: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 900 }), fc.nat(), async (steps, pick) => {
        const own = await mkdtemp(join(dir, "p"));
        const index = new TimingIndex(own);
        const expected: TimingRecord[] = [];
        let [ms, offset] = [START, 0];
        for (const { pause, bytes, resize } of steps) {
          index.output(ms, offset);
          expected.push({ ms, offset });
          offset += bytes;
          ms += pause;
          if (resize) {
            const size = { cols: 1 + (pause % 999), rows: 24 };
            index.resized(ms, offset, size);
            expected.push({ ms, offset }, { ms, offset, size });
            ms += 10;
          }
        }
        expect(await all(index, 0, 100)).toEqual(expected);
        const chosen = expected[pick % expected.length] as TimingRecord;
        expect(await all(index, chosen.offset)).toEqual(expected.filter((record) => record.offset >= chosen.offset));
        expect(await index.offsetAt(chosen.ms)).toBe(chosen.offset);
        const before = expected.filter((record) => record.offset < chosen.offset);
        const size = before.findLast((record) => record.size !== undefined)?.size;
        const last = before.at(-1)?.ms;
        expect(await index.before(chosen.offset)).toEqual({ ...(last === undefined ? {} : { ms: last }), ...(size === undefined ? {} : { size }) });
        expect(new TimingIndex(own).sizes).toEqual(expected.filter((record) => record.size !== undefined));
      }),
      { numRuns: 15 },
    );
  });

  it("is bounded: what is old gets coarser, pauses and sizes stay", async () => {
    const max = 64 * 1024;
    const index = new TimingIndex(dir, max);
    let ms = START;
    for (let round = 0; round < 40; round++) {
      index.resized(ms, round * 1_000_000, { cols: 80 + round, rows: 24 });
      for (let frame = 0; frame < 500; frame++) index.output((ms += 80), round * 1_000_000 + frame);
      ms += 60_000;
      await index.flush();
    }
    expect((await stat(index.path)).size).toBeLessThan(max * 1.2);
    const records = await all(index, 0, 500);
    expect(records.filter(({ size }) => size !== undefined)).toHaveLength(40);
    expect(records.map(({ offset }) => offset)).toEqual(records.map(({ offset }) => offset).toSorted((a, b) => a - b));
    // The newest has every frame, the oldest still its pauses.
    expect(records.filter(({ offset }) => offset > 39_000_000)).toHaveLength(499);
    expect(await index.offsetAt(START + 500 * 80 + 30_000)).toBe(1_000_000);
  });

  it("is read without a hole or a doubling while it is written anew", async () => {
    const index = new TimingIndex(dir, 1600 * 16);
    const reader = new TimingReader(index, 0);
    const seen: TimingRecord[] = [];
    for (let frame = 0; frame < 5000; frame++) {
      index.output(START + frame * 20, frame * 10);
      if (frame % 10 === 9) seen.push(...(await reader.next(100)));
    }
    expect(seen.map(({ offset }) => offset)).toEqual(Array.from({ length: 5000 }, (_, frame) => frame * 10));
  });

  it("forgets what the log has no more, and keeps what holds from there on", async () => {
    const index = new TimingIndex(dir);
    index.resized(START, 0, { cols: 100, rows: 30 });
    for (let line = 1; line <= 1000; line++) index.output(START + line * 1000, line * 100);
    await index.trim(50_050);
    expect((await all(index, 0, 4)).slice(0, 4)).toEqual([
      { ms: START, offset: 50_050 },
      { ms: START, offset: 50_050, size: { cols: 100, rows: 30 } },
      { ms: START + 500_000, offset: 50_050 },
      { ms: START + 501_000, offset: 50_100 },
    ]);
    expect(new TimingIndex(dir).sizes).toEqual([{ ms: START, offset: 50_050, size: { cols: 100, rows: 30 } }]);
  });

  it("stays aligned after a write that a full disk has cut", async () => {
    const index = new TimingIndex(dir);
    for (let line = 0; line < 10; line++) index.output(START + line * 100, line);
    await index.flush();
    await truncate(index.path, 9 * 16 + 5);
    index.output(START + 5000, 77);
    expect((await all(index)).at(-1)).toEqual({ ms: START + 5000, offset: 77 });
  });
});
