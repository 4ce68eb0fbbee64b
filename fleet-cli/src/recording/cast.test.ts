import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CAST_VERSIONS, CastWriter, readCast, type RecordedEvent, type Recording } from "./index.ts";

async function* chunks(bytes: Buffer, cuts: readonly number[] = []): AsyncGenerator<Buffer> {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  for (let at = 1; at < places.length; at++) yield bytes.subarray(places[at - 1], places[at]);
}

function written(version: "2" | "3", recording: Omit<Recording, "events">, events: readonly RecordedEvent[]): string {
  const writer = new CastWriter(version);
  return [writer.header(recording), ...events.map((event) => writer.event(event)), writer.end()].join("");
}

async function read(text: string, cuts: readonly number[] = []): Promise<{ recording: Recording; events: RecordedEvent[] }> {
  const recording = await readCast(chunks(Buffer.from(text), cuts), "x.cast");
  const events: RecordedEvent[] = [];
  for await (const event of recording.events) events.push(event);
  return { recording, events };
}

const bytesOf = (events: readonly RecordedEvent[]) => Buffer.concat(events.map((event) => (event.kind === "output" ? event.bytes : Buffer.alloc(0))));

const size = fc.record({ cols: fc.integer({ min: 1, max: 1000 }), rows: fc.integer({ min: 1, max: 1000 }) });
const head = fc.record({ size, startedMs: fc.integer({ min: 0, max: 2 ** 32 }).map((seconds) => seconds * 1000), title: fc.string({ unit: "grapheme" }), command: fc.string() });
const text = fc.string({ unit: fc.oneof(fc.constantFrom("é", "あ", "👍🏽", "\u0000", "\u001b", "\u009b", "\u007f", "\n", "\r", '"', "\\", "\ufeff", "\u2028"), fc.string({ minLength: 1, maxLength: 1, unit: "binary" })), minLength: 1, maxLength: 30 });

describe.each(CAST_VERSIONS)("asciicast %s", (version) => {
  it("reads back what was written, wherever output and file were cut", async () => {
    await fc.assert(
      fc.asyncProperty(head, text, fc.array(fc.nat(), { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 8 }), fc.array(fc.integer({ min: 0, max: 90_000_000 }), { minLength: 30, maxLength: 30 }), size, async (header, printed, splits, cuts, pauses, resized) => {
        const bytes = Buffer.from(printed);
        const events: RecordedEvent[] = [];
        let atMs = 0;
        for await (const part of chunks(bytes, splits)) {
          atMs += pauses[events.length] ?? 0;
          events.push(events.length === 2 ? { kind: "size", atMs, size: resized } : { kind: "output", atMs, bytes: part });
          if (events.length === 3) events.push({ kind: "output", atMs, bytes: part });
        }
        events.push({ kind: "exit", atMs: atMs + 77, code: 3 });
        const file = written(version, header, events);
        const { recording, events: found } = await read(file, cuts);
        expect(recording).toMatchObject({ size: header.size, startedMs: header.startedMs, title: header.title, command: header.command });
        expect(bytesOf(found).equals(bytesOf(events))).toBe(true);
        // A character has the time at which it was whole.
        const times = new Set(events.map((event) => event.atMs));
        for (const event of found) expect(times.has(event.atMs)).toBe(true);
        expect(found.filter(({ kind }) => kind === "size")).toEqual(events.filter(({ kind }) => kind === "size"));
        if (version === "3") expect(found.at(-1)).toEqual({ kind: "exit", atMs: atMs + 77, code: 3 });
        // Nothing in the file would do anything to a terminal.
        // eslint-disable-next-line no-control-regex -- control characters are what is looked for
        expect(file).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
      }),
      { numRuns: 150 },
    );
  });

  it("makes U+FFFD of what is no UTF-8, also at the end", () => {
    const output = (atMs: number, ...bytes: number[]): RecordedEvent => ({ kind: "output", atMs, bytes: Buffer.from(bytes) });
    const lines = written(version, { size: { cols: 80, rows: 24 } }, [output(0, 0x61, 0xff, 0xe3), output(10, 0x81), output(20, 0x62, 0xe3, 0x81)]).trim().split("\n").slice(1);
    expect(lines.map((line) => (JSON.parse(line) as unknown[])[2])).toEqual(["a\ufffd", "\ufffdb", "\ufffd"]);
  });
});

describe("asciicast files of others", () => {
  it("counts intervals in version 3, passes over comments and codes it doesn't know", async () => {
    const { events } = await read('{"version":3,"term":{"cols":80,"rows":24,"type":"xterm"},"tags":["x"]}\n# a comment\n[0.1, "o", "a"]\n[0.2, "m", ""]\n[0.2, "o", "b"]\n\n[1, "r", "90x30"]\n[0, "x", "0"]');
    expect(events).toEqual([
      { kind: "output", atMs: 100, bytes: Buffer.from("a") },
      { kind: "output", atMs: 500, bytes: Buffer.from("b") },
      { kind: "size", atMs: 1500, size: { cols: 90, rows: 30 } },
      { kind: "exit", atMs: 1500, code: 0 },
    ]);
  });

  it("takes the idle limit of the header, and never goes back in time", async () => {
    const { recording, events } = await read('{"version":2,"width":80,"height":24,"idle_time_limit":2.5,"timestamp":1.5}\n[2, "o", "a"]\n[1, "o", "b"]\n');
    expect(recording).toMatchObject({ maxIdleMs: 2500, startedMs: 1500 });
    expect(events.map(({ atMs }) => atMs)).toEqual([2000, 2000]);
  });

  it.each([
    ["", "line 1 is not an asciicast header"],
    ["no JSON", "line 1 is not an asciicast header"],
    ['{"version":2,"width":80}', "line 1 is not an asciicast header"],
    ['{"version":3,"term":{"cols":0,"rows":24}}', "line 1 is not an asciicast header"],
    ['{"version":1,"width":80,"height":24,"stdout":[]}', "version 1"],
    ['{"version":2,"width":80,"height":24}\n[1,"o","a"]\n[2,"o"', "line 3 is not an event"],
    ['{"version":2,"width":80,"height":24}\n[-1,"o","a"]', "line 2 is not an event"],
    ['{"version":2,"width":80,"height":24}\n[1,"r","80"]', "line 2 is not an event"],
    ['{"version":2,"width":80,"height":24}\n{}', "line 2 is not an event"],
  ])("refuses %j", async (file, why) => {
    await expect(read(file)).rejects.toMatchObject({ code: "bad-recording", message: expect.stringContaining(why) as string });
  });
});
