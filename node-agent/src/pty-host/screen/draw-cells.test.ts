// A screen as data says all that a person sees of it, and nothing that acts on whoever reads it.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ScreenPage, ScreenPicture } from "@fleetwire/shared/control";
import { counts } from "@fleetwire/shared/testing";
import { randomOutput } from "../testing/random-output.ts";
import { redraw, seenRows } from "../testing/redrawn.ts";
import { Shown } from "../testing/shown.ts";
import { Emulator } from "./emulator.ts";

const SIZE = { cols: 40, rows: 10 };

function picture(output: string | Buffer, size = SIZE, how: { scrollback?: number; join?: boolean; format?: "facts" | "cells" } = {}): ScreenPicture {
  using emulator = new Emulator(size, 0, 1);
  emulator.write(Buffer.from(output));
  return ScreenPicture.parse(JSON.parse(emulator.snapshot(how.format ?? "cells", how.scrollback ?? 0, how).data));
}

describe("cells", () => {
  it("drawn again are the same screen, whatever was printed", async () => {
    await fc.assert(
      fc.asyncProperty(randomOutput(), fc.constantFrom(0, 3, 100), async (output, scrollback) => {
        using reference = new Shown(SIZE);
        await reference.write(output);
        const drawn = picture(output, SIZE, { scrollback });
        const { baseY } = reference.terminal.buffer.active;
        expect(drawn.above).toBe(Math.min(scrollback, baseY));
        expect(await redraw(drawn)).toEqual(seenRows(reference.terminal, baseY - drawn.above, drawn.above + SIZE.rows));
      }),
      { numRuns: counts(150, 20_000) },
    );
  }, counts(20_000, 600_000));

  it("are few runs, with what each looks like", () => {
    const { rows } = picture("\u001b[1;31mred\u001b[m and \u001b[48;2;1;2;3m漢字\u001b[m e\u0301\u001b[4:3;58:5:9mx\u001b[m   ");
    expect(rows?.[0]).toEqual({
      runs: [{ text: "red", width: 3, fg: 1, bold: true }, { text: " and ", width: 5 }, { text: "漢字", width: 4, wide: true, bg: "#010203" }, { text: " ", width: 1 }, { text: "e\u0301", width: 1, cluster: true }, { text: "x", width: 1, underline: "curly", underlineColor: 9 }],
    });
    expect(rows?.[1]).toEqual({ runs: [] });
  });

  it("know what the program asked of its terminal", () => {
    expect(picture("\u001b[?1049h\u001b[?2004h\u001b[?1h\u001b[?1002h\u001b[?25l\u001b[5 q\u001b[3;7H\u001b]2;a title\u0007")).toMatchObject({
      size: SIZE, title: "a title", above: 0,
      cursor: { row: 2, col: 6, visible: false, shape: "bar", blinking: true },
      modes: { alternateScreen: true, bracketedPaste: true, applicationCursor: true, applicationKeypad: false, mouse: "drag", focusEvents: false },
    });
  });

  it("join what wraps, and say that it wraps", () => {
    const long = "abcdefghij".repeat(9);
    expect(picture(`${long}\r\nend`, SIZE, { join: true }).lines).toEqual([long, "end"]);
    const { lines, rows } = picture(`${long}\r\nend`);
    expect(lines).toHaveLength(4);
    expect(rows?.slice(0, 4).map(({ wrapped }) => wrapped)).toEqual([undefined, true, true, undefined]);
  });

  it("have no address that a click should not lead to, no control character, and nothing that turns text", () => {
    const { title, lines, rows } = picture("\u001b]0;a\u202eb\u009dc\u0007\u001b]8;;javascript:alert(1)\u0007x\u001b]8;;data:text/html,<script>\u0007y\u001b]8;;https://a.example/\u202e\u0007z\u001b]8;;\u0007 a\u202eb\u2066c <b>");
    expect(title).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(lines).toEqual(["xyz ab c <b>"]);
    const runs = rows?.[0]?.runs ?? [];
    expect(runs.map(({ text }) => text).join("")).toBe("xyz ab c <b>");
    expect(runs.flatMap(({ link }) => link ?? [])).toEqual(["https://a.example/"]);
  });

  it("bound a character with marks without end", () => {
    const { rows, lines } = picture(`a${"\u0301".repeat(5_000)}b`);
    expect(rows?.[0]?.runs[0]?.text.length).toBeLessThan(40);
    expect(lines[0]?.length).toBeLessThan(60);
  });
});

describe("pages of a screen", () => {
  const output = Array.from({ length: 200 }, (_, n) => `\u001b[38;5;${n}m${n} "quoted\\" ${"漢".repeat(n % 15)}\u001b[m`).join("\r\n");

  it.each([["facts", 400], ["cells", 1_000], ["facts", 100_000]] as const)("of %s of %i bytes are the whole, in order", (format, bytes) => {
    using emulator = new Emulator({ cols: 80, rows: 24 }, 0, 1);
    emulator.write(Buffer.from(output));
    const whole = ScreenPicture.parse(JSON.parse(emulator.snapshot(format, 500).data));
    const lines: string[] = [];
    const rows: unknown[] = [];
    for (let from: number | null = 0; from !== null; ) {
      const page: ScreenPage = ScreenPage.parse(JSON.parse(emulator.snapshot(format, 500, { page: { from, bytes } }).data));
      expect(page.cut).toBeUndefined();
      expect(Buffer.byteLength(JSON.stringify(JSON.stringify([page.lines, page.rows ?? []])))).toBeLessThanOrEqual(bytes + 100);
      lines.push(...page.lines);
      rows.push(...(page.rows ?? []));
      from = page.next;
    }
    expect(lines).toEqual(whole.lines);
    expect(rows).toEqual(whole.rows ?? []);
  });

  it("go on after a line that is more than a page", () => {
    using emulator = new Emulator({ cols: 1000, rows: 3 }, 0, 1);
    emulator.write(Buffer.from(`${"漢".repeat(500)}\r\nend`));
    const first = ScreenPage.parse(JSON.parse(emulator.snapshot("facts", 0, { page: { from: 0, bytes: 300 } }).data));
    expect(first).toMatchObject({ cut: true, next: 1, total: 2 });
    expect(Buffer.byteLength(JSON.stringify(JSON.stringify(first.lines)))).toBeLessThanOrEqual(300);
    expect(ScreenPage.parse(JSON.parse(emulator.snapshot("facts", 0, { page: { from: 1, bytes: 300 } }).data))).toMatchObject({ lines: ["end"], next: null });
  });
});
