import fc from "fast-check";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SegmentLog } from "../log/segment-log.ts";
import { OutputStore } from "../output/output-store.ts";
import { lastLines, LONG_LINE } from "./last-lines.ts";

async function withOutput(parts: readonly Buffer[], look: (output: OutputStore) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "fw-"));
  const log = new SegmentLog(directory, Number.MAX_SAFE_INTEGER);
  try {
    const output = new OutputStore(log);
    for (const part of parts) output.append(part);
    await look(output);
  } finally {
    await log.close();
    await rm(directory, { recursive: true });
  }
}

describe("the last lines", () => {
  it("are those that tail would give", async () => {
    const line = fc.string({ maxLength: 5 }).map((text) => Buffer.from(text.replaceAll("\n", "x")));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), fc.boolean(), fc.nat({ max: 14 }), async (lines, isEnded, count) => {
        const whole = lines.map((text, index) => Buffer.concat([text, Buffer.from(index < lines.length - 1 || isEnded ? "\n" : "")])).filter(({ length }) => length > 0);
        await withOutput(whole, async (output) => {
          const expected = count === 0 ? 0 : Buffer.concat(whole.slice(-count)).length;
          expect(output.end - (await lastLines(output, count))).toBe(expected);
        });
      }),
      { numRuns: 100 },
    );
  });

  it("are found across the blocks they are looked for in", async () => {
    const long = Buffer.concat([Buffer.alloc(1024 * 1024 - 1, "a"), Buffer.from("\n")]);
    await withOutput([Buffer.from("first\n"), long, long, long], async (output) => {
      for (const count of [1, 2, 3]) expect(output.end - (await lastLines(output, count))).toBe(count * long.length);
      expect(await lastLines(output, 4)).toBe(0);
    });
  });

  it("count a very long one as several", async () => {
    await withOutput([Buffer.from("first\n"), ...Array.from({ length: 10 }, () => Buffer.alloc(1024 * 1024, "\r#")), Buffer.from("\nlast\n")], async (output) => {
      const lineEnd = output.end - "\nlast\n".length;
      expect(await lastLines(output, 2)).toBe(lineEnd - LONG_LINE);
      expect(await lastLines(output, 3)).toBe(lineEnd - 2 * LONG_LINE);
      expect(await lastLines(output, 4)).toBe("first\n".length);
      expect(await lastLines(output, 5)).toBe(0);
    });
  });
});
