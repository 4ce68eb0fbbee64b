import { EventRecord, type EventPosition } from "@fleetwire/shared/bus";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRing, type Ring } from "./ring.ts";

const key = `U${"A".repeat(55)}`;
const BYTES = 100;
function fill(ring: Ring, from: number, to: number): void {
  for (let seq = from; seq <= to; seq++) {
    const event = EventRecord.parse({ kind: seq % 3 === 0 ? "third" : "other", node: "box", key, at: new Date(seq * 1_000).toISOString(), removed: seq });
    ring.add({ seq, storedAt: seq * 1_000, event, bytes: BYTES });
  }
}
function ringOf(count: number, bounds = { count: 1_000, bytes: 1e9, age: 1e12 }): Ring {
  const ring = createRing(() => count * 1_000, bounds);
  ring.begin("e1");
  fill(ring, 1, count);
  return ring;
}
const seqs = async (ring: Ring, after?: EventPosition) => (await ring.page({ after, limit: 500 }, 1e9)).events.map(({ position }) => position.seq);

describe("the ring of the fleet's events", () => {
  it("whatever the sizes of pages, filters and bounds: each event that is there once, in order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 60 }), fc.boolean(), async (count, limit, perPage, filtered) => {
        const ring = ringOf(count, { count: 700, bytes: 1e9, age: 1e12 });
        const heard: number[] = [];
        for (let after: EventPosition | undefined; ; ) {
          const page = await ring.page({ after, limit, filter: filtered ? { kinds: ["third"] } : undefined }, perPage * BYTES);
          expect(page.events.length).toBeLessThanOrEqual(Math.min(limit, perPage));
          heard.push(...page.events.map(({ position }) => position.seq));
          after = page.next;
          if (!page.more) break;
        }
        const kept = Array.from({ length: Math.min(count, 700) }, (_, n) => count - Math.min(count, 700) + n + 1);
        expect(heard).toEqual(kept.filter((seq) => !filtered || seq % 3 === 0));
      }),
      { numRuns: 50 },
    );
  });

  it("is bounded by count, bytes and age", async () => {
    expect(await seqs(ringOf(1_500))).toHaveLength(500);
    expect(await seqs(ringOf(100, { count: 1_000, bytes: 10 * BYTES, age: 1e12 }))).toEqual([91, 92, 93, 94, 95, 96, 97, 98, 99, 100]);
    expect(await seqs(ringOf(100, { count: 1_000, bytes: 1e9, age: 5_500 }))).toEqual([95, 96, 97, 98, 99, 100]);
    expect(ringOf(100).since()).toBeUndefined();
    expect(ringOf(100, { count: 10, bytes: 1e9, age: 1e12 }).since()).toBe(91_000);
  });

  it("says what is missing for a cursor", async () => {
    const ring = ringOf(100, { count: 10, bytes: 1e9, age: 1e12 });
    expect((await ring.page({ after: { epoch: "e1", seq: 90 } }, 1e9)).gap).toBeUndefined();
    const expired = await ring.page({ after: { epoch: "e1", seq: 89 } }, 1e9);
    expect(expired).toMatchObject({ gap: { reason: "expired", from: { seq: 89 } } });
    expect(expired.events[0]?.position.seq).toBe(91);
    const other = await ring.page({ after: { epoch: "e0", seq: 5, at: 98_000 } }, 1e9);
    expect(other).toMatchObject({ gap: { reason: "epoch" }, epoch: "e1" });
    expect(other.events.map(({ position }) => position.seq)).toEqual([99, 100]);
    expect(await ring.page({ after: { epoch: "e1", seq: 105 } }, 1e9)).toMatchObject({ gap: { reason: "lost" }, events: [], next: { seq: 100 } });
  });

  it("waits for what another registry has stored already, and takes it for no loss", async () => {
    const ring = ringOf(100);
    const asked = ring.page({ after: { epoch: "e1", seq: 102 } }, 1e9);
    fill(ring, 101, 103);
    expect(await asked).toMatchObject({ events: [{ position: { seq: 103 } }] });
    expect((await asked).gap).toBeUndefined();
  });

  it("wakes all who wait, each for what it asked", async () => {
    const ring = ringOf(1);
    const after = { epoch: "e1", seq: 1 };
    const asked = Array.from({ length: 200 }, (_, n) => ring.page({ after, waitMs: 20_000, filter: n % 2 === 0 ? { kinds: ["third"] } : {} }, 1e9));
    fill(ring, 2, 2);
    fill(ring, 3, 3);
    const pages = await Promise.all(asked);
    expect(pages.map(({ events }) => events[0]?.position.seq)).toEqual(Array.from({ length: 200 }, (_, n) => (n % 2 === 0 ? 3 : 2)));
    const waiting = ring.page({ after: { epoch: "e1", seq: 3 }, waitMs: 20_000 }, 1e9);
    ring.close();
    expect((await waiting).events).toEqual([]);
  });
});
