import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { counts } from "@fleetwire/shared/testing";
import { fileName } from "../log/segment-files.ts";
import { Emulator, SCROLLBACK } from "./emulator.ts";
import { LivePicture } from "./live-picture.ts";
import type { DrawRequest, SizedFrom } from "./messages.ts";
import { Shown } from "../testing/shown.ts";

const SIZE = { cols: 40, rows: 10 };

/** A session's log and its picture. */
class Played implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), "fleet-picture-"));
  readonly sizes: SizedFrom[] = [{ offset: 0, size: SIZE }];
  live = new LivePicture(new Emulator(SIZE, 0, 1), this.directory);
  bytes = Buffer.alloc(0);
  slices = 0;
  wasAside = false;

  print(bytes: Buffer): void {
    appendFileSync(join(this.directory, fileName(0)), bytes);
    this.bytes = Buffer.concat([this.bytes, bytes]);
  }

  resize(size: { cols: number; rows: number }): void {
    this.sizes.push({ offset: this.bytes.length, size });
  }

  advance(what: Pick<DrawRequest, "draw" | "keep">): void {
    const request: DrawRequest = { n: 0, key: "1/x", directory: this.directory, start: 0, upTo: this.bytes.length, tail: { offset: this.bytes.length, bytes: Buffer.alloc(0) }, sizes: this.sizes, ...what };
    while (!this.live.advance(request)) if (++this.slices > 10_000) throw new Error("it gets nowhere");
  }

  /** @param lines of scrollback that have to be right, too */
  async compare(lines: number): Promise<void> {
    const { emulator } = this.live;
    using reference = new Shown(SIZE);
    for (const [index, { offset, size }] of this.sizes.entries()) {
      if (offset > emulator.wants) break;
      reference.terminal.resize(size.cols, size.rows);
      await reference.write(this.bytes.subarray(offset, Math.max(offset, Math.min(emulator.offset, this.sizes[index + 1]?.offset ?? emulator.offset))));
    }
    using copy = new Shown(emulator.size);
    await copy.write(emulator.snapshot("vt", lines).data);
    // A cursor saved far above the screen is put aside as one in its first row: a smaller screen can tell them apart.
    const what = (shown: Shown) => ({ ...shown.picture(lines), ...(this.wasAside ? { saved: [] } : {}) });
    expect(what(copy)).toEqual(what(reference));
  }

  [Symbol.dispose](): void {
    this.live[Symbol.dispose]();
    rmSync(this.directory, { recursive: true });
  }
}

const word = fc.constantFrom("a", "build ok", "─é", "e\u0301", "\t", "x\b", "12%\r34%", "\u001b[1m", "\u001b[32mok\u001b[39m", "\u001b[0;44m", "\u001b[m", "\u001b[38;5;9m", "\u001b[4:3m", "\u001b[K", "\u001b[2Kagain", "\u001b[10G", "\u001b[3P", "y".repeat(55));
const line = fc.array(word, { maxLength: 3 }).map((words) => words.join(""));
const end = fc.constantFrom("\r\n", "\r\n", "\r\n", "\n", "\r\n\r\n");
const odd = fc.constantFrom("\u001b[2J", "\u001b[5;5H", "\u001b[3A", "\u001b]0;title\u0007", "\u001b[2;6r", "\u001b[r", "\u001b[?1049h", "\u001b[?1049l", "\u001b7", "\u001b8", "\u001bM", "\u000e", "\u000f", "\u001b(0", "\u001b(B", "\u001b[4h", "\u001b[4l", "\u0085", "\u001b[?6h", "\u001b[?6l", "\u001b[3L", "\u001b[?45h", "\u001b[?45l");
/** Many lines of a few kinds: repeated, because what counts begins after thousands. */
const lines = { kinds: fc.array(fc.tuple(line, end).map((parts) => parts.join("")), { minLength: 1, maxLength: 12 }), count: fc.integer({ min: 1, max: 14_000 }) };
const bytesOf = ({ kinds, count }: { kinds: string[]; count: number }) => Buffer.from(Array.from({ length: count }, (_, i) => `${i} ${kinds[i % kinds.length]}`).join(""));
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("lines" as const), cut: fc.constant(0), ...lines }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("odd" as const), text: fc.array(odd, { minLength: 1, maxLength: 3 }).map((all) => all.join("")) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("lines" as const), cut: fc.integer({ min: 1, max: 12 }), ...lines }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("resize" as const), cols: fc.integer({ min: 5, max: 60 }), rows: fc.integer({ min: 2, max: 20 }) }) },
  { weight: 3, arbitrary: fc.constant({ do: "catch up" as const }) },
  { weight: 3, arbitrary: fc.constant({ do: "screen" as const }) },
  { weight: 2, arbitrary: fc.constant({ do: "all" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "aside" as const }) },
);

describe("a picture that looks at lines without drawing them", () => {
  it("equals a reference that drew every byte, whenever somebody asks", async () => {
    let landed = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 10 }), async (steps) => {
        using played = new Played();
        for (const one of [...steps, { do: "all" as const }]) {
          if (one.do === "lines") played.print(bytesOf(one).subarray(0, one.cut === 0 ? undefined : -one.cut));
          // Nor does it come back to such a cursor: it saves its own first.
          else if (one.do === "odd") played.print(Buffer.from(`${played.wasAside ? "\u001b7" : ""}${one.text}`));
          else if (one.do === "resize") {
            // A sequence that isn't complete is held back, with the tabs and line ends in it: at another size they would go elsewhere. CAN ends it.
            played.print(Buffer.from("\u0018"));
            played.resize(one);
          }
          else if (one.do === "catch up") played.advance({});
          else if (one.do === "aside") {
            const { data } = played.live.rest().snapshot("vt", SCROLLBACK);
            const { offset, size } = played.live.emulator;
            const emulator = new Emulator(size, 0, played.live.emulator.sizes);
            emulator.write(Buffer.from(data));
            emulator.skipTo(offset);
            played.live = new LivePicture(emulator, played.directory);
            played.wasAside = true;
          } else {
            const scrollback = one.do === "all" ? SCROLLBACK : 0;
            const { slices } = played;
            played.advance({ draw: { format: "vt", scrollback } });
            landed += played.slices - slices;
            await played.compare(scrollback);
          }
        }
      }),
      { numRuns: counts(40, 3_000) },
    );
    expect(landed).toBeGreaterThan(0);
  }, 1_200_000);

  it("draws a small part of a flood", () => {
    using played = new Played();
    const block = Buffer.from(Array.from({ length: 1000 }, (_, i) => `\u001b[32mline ${i}\u001b[0m of a long build that says much\r\n`).join(""));
    for (let i = 0; i < 400; i++) played.print(block);
    const from = performance.now();
    played.advance({});
    const lookedMs = performance.now() - from;
    played.advance({ draw: { format: "vt", scrollback: 0 } });
    expect(played.live.emulator.offset).toBe(played.bytes.length);
    // What is left to draw after landing; the emulator alone would need a second and more for all of it.
    expect(played.live.wants).toBeGreaterThan(played.bytes.length - 1_000_000);
    expect(lookedMs).toBeLessThan(1_000);
  });
});
