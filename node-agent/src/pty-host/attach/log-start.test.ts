// A log of gigabytes, printed over days: wherever it is wanted from, it starts at once.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Epoch, SessionId } from "@fleetwire/shared/ids";
import { counts, waitFor } from "@fleetwire/shared/testing";
import type { LogStart } from "@fleetwire/shared/wire";
import { SegmentLog } from "../log/segment-log.ts";
import { TimingIndex } from "../log/timing-index.ts";
import { TestHost, type Spawned } from "../testing/test-host.ts";

const BYTES = counts(300, 2048) * 1024 * 1024;
/** One output of this size every `APART_MS`: the times fit the index. */
const CHUNK = counts(1024, 8192);
const APART_MS = 1_000;
const BEGIN = 1_700_000_000_000;
/** The promise is 300 ms on a quiet machine, for everything up to the first byte. */
const AT_ONCE_MS = 300;

async function madeLog(host: TestHost, id: number, line: (number: number) => Buffer): Promise<Spawned> {
  const dir = join(host.dir, `big${id}`);
  mkdirSync(dir);
  const log = new SegmentLog(dir, Number.MAX_SAFE_INTEGER);
  const timing = new TimingIndex(dir);
  timing.resized(BEGIN, 0, { cols: 80, rows: 24 });
  for (let number = 0; number * CHUNK < BYTES; number++) {
    timing.output(BEGIN + number * APART_MS, number * CHUNK);
    log.append(line(number));
    if (number % 8192 === 0) await Promise.all([log.flush(), timing.flush()]);
  }
  await Promise.all([log.close(), timing.flush()]);
  const session = { id: SessionId.parse(id), epoch: Epoch.parse(`epoch00${id}`), dir, pid: 0 };
  const started = performance.now();
  await host.control.call("open", { id: session.id, epoch: session.epoch, dir, size: { cols: 80, rows: 24 }, exit: { code: 0 }, startedAt: BEGIN, endedAt: BEGIN + (BYTES / CHUNK) * APART_MS });
  expect(performance.now() - started).toBeLessThan(AT_ONCE_MS);
  return session;
}

/** Milliseconds from asking to the first bytes; a machine that is busy gets three tries. */
async function firstByte(host: TestHost, session: Spawned, start: LogStart, expected: string, timing = false): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3 && best > AT_ONCE_MS; attempt++) {
    const begun = performance.now();
    const client = await host.connect(session, { kind: "log", start, follow: false, timing });
    await waitFor("the first bytes", () => client.output.length > 0, 30_000);
    best = Math.min(best, performance.now() - begun);
    client.cut();
    expect(client.output[0]?.toString("latin1", 0, expected.length)).toBe(expected);
    if (timing) expect(client.messages.find(({ type }) => type === "timing")).toBeDefined();
  }
  return best;
}

describe("a huge log", () => {
  let host: TestHost;
  let lines: Spawned;
  let oneLine: Spawned;
  const count = BYTES / CHUNK;
  const many = Math.floor(50_000_000 / CHUNK);
  const numbered = (number: number) => `${String(number).padStart(CHUNK - 2, "0")}\r\n`;

  beforeAll(async () => {
    host = await TestHost.start();
    lines = await madeLog(host, 1, (number) => Buffer.from(numbered(number)));
    const bar = Buffer.alloc(CHUNK, "\r#");
    oneLine = await madeLog(host, 2, () => bar);
  }, 240_000);
  afterAll(() => host[Symbol.asyncDispose]());

  it.each([
    ["its beginning", { beginning: true }, 0],
    ["a time in its middle", { sinceMs: BEGIN + Math.floor(count / 2) * APART_MS }, Math.floor(count / 2)],
    ["a time near its end", { sinceMs: BEGIN + (count - 3) * APART_MS }, count - 3],
    ["its last lines", { tailLines: 10 }, count - 10],
    ["its last tens of thousands of lines", { tailLines: many }, count - many],
  ] as const)("starts at once at %s", async (_name, start, number) => {
    expect(await firstByte(host, lines, start, numbered(number))).toBeLessThan(AT_ONCE_MS);
    expect(await firstByte(host, lines, start, numbered(number), true)).toBeLessThan(AT_ONCE_MS);
  });

  it("starts at once at the last line when all of it is one", async () => {
    expect(await firstByte(host, oneLine, { tailLines: 1 }, "\r#\r#")).toBeLessThan(AT_ONCE_MS);
  });
});
