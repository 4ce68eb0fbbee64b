import { describe, expect, it } from "vitest";
import type { SessionRecord } from "@fleetwire/shared/domain";
import type { StreamEvent, TerminalStream } from "../client/stream/index.ts";
import { recordSession, type RecordedEvent } from "./index.ts";

const BEGIN = 1_800_000_000_000;
const output = (offset: number, text: string): StreamEvent => ({ kind: "output", offset, bytes: Buffer.from(text) });
const END: StreamEvent = { kind: "end", offset: 6 };

async function record(events: readonly StreamEvent[], session: Partial<SessionRecord> = {}) {
  const record = { target: "box:1", name: null, command: ["sh", "-c", "x"], endedAt: null, exit: null, ...session } as SessionRecord;
  const gaps: unknown[] = [];
  const stream = { session: record, [Symbol.asyncIterator]: async function* () { yield* events; } } as unknown as TerminalStream;
  const recording = await recordSession(stream, { onGap: (gap) => gaps.push(gap), exitCode: () => 9 });
  const found: RecordedEvent[] = [];
  for await (const event of recording.events) found.push(event);
  return { ...recording, gaps, lines: found.map((event) => [event.atMs, event.kind === "output" ? event.bytes.toString() : event.kind === "size" ? event.size : event.code]) };
}

describe("a session as a recording", () => {
  it("is cut where time went on, from the session's start on", async () => {
    const { size, startedMs, title, lines } = await record(
      [{ kind: "timing", marks: [[0, BEGIN, 80, 24], [0, BEGIN, 80, 24], [0, BEGIN + 100], [2, BEGIN + 300], [3, BEGIN + 400, 90, 30], [9, BEGIN + 999]] }, output(0, "abc"), output(3, "def"), END],
      { endedAt: new Date(BEGIN + 2000).toISOString() as SessionRecord["endedAt"] },
    );
    expect({ size, startedMs, title }).toEqual({ size: { cols: 80, rows: 24 }, startedMs: BEGIN, title: "sh -c x" });
    expect(lines).toEqual([[100, "ab"], [300, "c"], [400, { cols: 90, rows: 30 }], [400, "def"], [2000, 9]]);
  });

  it("begins with its first byte when that isn't the session's", async () => {
    const { startedMs, size, lines, gaps } = await record([{ kind: "timing", marks: [[100, BEGIN, 80, 24], [100, BEGIN + 5000, 90, 30], [101, BEGIN + 5500]] }, { kind: "gap", from: 0, to: 100, reason: "rotated" }, output(100, "ab"), END]);
    expect({ startedMs, size, lines }).toEqual({ startedMs: BEGIN + 5000, size: { cols: 90, rows: 30 }, lines: [[0, "a"], [500, "b"]] });
    expect(gaps).toHaveLength(1);
  });

  it("says a mark once that came again after a cut", async () => {
    const { lines } = await record([
      { kind: "timing", marks: [[0, BEGIN, 80, 24], [2, BEGIN + 200, 90, 30], [4, BEGIN + 400]] }, output(0, "a"),
      { kind: "connection", state: "lost" }, { kind: "connection", state: "resumed", unsure: 0 },
      { kind: "timing", marks: [[1, BEGIN, 80, 24], [2, BEGIN + 200, 90, 30], [4, BEGIN + 400]] }, output(1, "bcdef"), END,
    ]);
    expect(lines).toEqual([[0, "a"], [0, "b"], [200, { cols: 90, rows: 30 }], [200, "cd"], [400, "ef"]]);
  });

  it("doesn't go back with a clock that was set back", async () => {
    const { lines } = await record([{ kind: "timing", marks: [[0, BEGIN, 80, 24], [1, BEGIN + 500], [2, BEGIN - 9000], [3, BEGIN + 600]] }, output(0, "abcd"), END]);
    expect(lines).toEqual([[0, "a"], [500, "b"], [500, "c"], [600, "d"]]);
  });

  it("of a session that has printed nothing has its sizes", async () => {
    const { size, lines } = await record([{ kind: "timing", marks: [[0, BEGIN, 80, 24], [0, BEGIN + 50, 90, 30]] }, { kind: "end", offset: 0 }]);
    expect({ size, lines }).toEqual({ size: { cols: 80, rows: 24 }, lines: [[50, { cols: 90, rows: 30 }]] });
  });

  it("can't be made where nothing says a time", async () => {
    await expect(record([output(0, "abc"), END])).rejects.toMatchObject({ code: "version-skew" });
  });
});
