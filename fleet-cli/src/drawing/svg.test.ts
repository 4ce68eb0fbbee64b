import { describe, expect, it } from "vitest";
import type { ScreenPicture, ScreenRun } from "@fleetwire/shared/domain";
import { BACKGROUND, FOREGROUND, rgbOf } from "./colors.ts";
import { boxesOf } from "./line-drawing.ts";
import { drawSvg } from "./svg.ts";

function svg(runs: ScreenRun[], more: Partial<ScreenPicture> = {}): string {
  const modes = { alternateScreen: false, bracketedPaste: false, applicationCursor: false, applicationKeypad: false, mouse: "none", focusEvents: false } as const;
  return drawSvg({ size: { cols: 20, rows: 2 }, cursor: { row: 1, col: 0, visible: false, shape: "block", blinking: false }, modes, title: "", above: 0, lines: [], rows: [{ runs }, { runs: [] }], ...more } as ScreenPicture);
}
const texts = (document: string) => [...document.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);

describe("colours", () => {
  it.each([[0, "#000000"], [9, "#f14c4c"], [16, "#000000"], [21, "#0000ff"], [110, "#87afd7"], [231, "#ffffff"], [232, "#080808"], [255, "#eeeeee"], ["#123abc", "#123abc"]] as const)("%s is %s", (color, rgb) => expect(rgbOf(color)).toBe(rgb));
});

describe("a picture of a screen", () => {
  it("has each run in its column, with its look", () => {
    const document = svg([{ text: "ab", width: 2, fg: 1, bold: true }, { text: "cd", width: 2, bg: "#102030", inverse: true }, { text: "e", width: 1, italic: true, dim: true }]);
    expect(document).toContain('<text x="0" y="13" textLength="16.8" lengthAdjust="spacingAndGlyphs" xml:space="preserve" fill="#f14c4c" font-weight="bold">ab</text>');
    expect(document).toContain(`<rect x="16.8" y="0" width="16.8" height="17" fill="${FOREGROUND}"/>`);
    expect(document).toMatch(/<text x="16.8"[^>]*fill="#102030">cd</);
    expect(document).toMatch(/font-style="italic" opacity="0.6">e</);
  });

  it("has wide characters and clusters one by one, as wide as they are", () => {
    const document = svg([{ text: "漢字", width: 4, wide: true }, { text: "e\u0301", width: 1, cluster: true }, { text: "aé", width: 2 }]);
    expect([...document.matchAll(/<text x="([\d.]+)"[^>]*textLength="([\d.]+)"[^>]*>([^<]*)/g)].map(([, x, length, text]) => [Number(x), Number(length), text])).toEqual([
      [0, 16.8, "漢"], [16.8, 16.8, "字"], [33.6, 8.4, "e\u0301"], [42, 8.4, "a"], [50.4, 8.4, "é"],
    ]);
  });

  it("has the cursor over what is under it", () => {
    const cursor = { row: 0, col: 3, visible: true, shape: "block", blinking: true } as const;
    expect(svg([{ text: "abc", width: 3 }, { text: "x", width: 1 }], { cursor })).toMatch(new RegExp(`<rect x="25.2" y="0" width="8.4" height="17" fill="${FOREGROUND}"/>\\n<text x="25.2"[^>]*fill="${BACKGROUND}">`));
    expect(svg([], { cursor: { ...cursor, shape: "bar" } })).toContain('width="1.5"');
    expect(svg([], { cursor: { ...cursor, visible: false } }).match(/<rect/g)).toHaveLength(1);
  });

  it("has nothing in it that acts, whatever was drawn", () => {
    const evil = `</text><script>alert(1)</script><a href="javascript:x" onload='y'>&\u0007\u202e\ufffe\ud800]]>`;
    const document = svg([{ text: evil, width: 60 }, { text: "l", width: 1, link: "javascript:alert(1)" }, { text: "m", width: 1, link: 'https://a.example/"><script>' }], { title: evil });
    expect(document.replaceAll("\n", "")).not.toMatch(/<script|\p{Cc}|[\u202e\ufffe]|\p{Surrogate}/u);
    expect(document.match(/<a [^>]*>/g)).toEqual(['<a href="https://a.example/&quot;&gt;&lt;script&gt;" target="_blank" rel="noopener noreferrer">']);
    expect(document).not.toMatch(/ on\w+=["']/);
    expect(texts(document).join("")).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  });

  it("hides what is hidden", () => expect(texts(svg([{ text: "secret", width: 6, hidden: true }]))).toEqual([]));
});

describe("line drawing", () => {
  const cell = { x: 0, y: 0, width: 10, height: 20 };
  const covers = (char: string, x: number, y: number) => boxesOf(char, cell)?.some((box) => x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height);
  it.each([
    ["─", [0, 1, 0, 1]], ["│", [1, 0, 1, 0]], ["┌", [0, 1, 1, 0]], ["┘", [1, 0, 0, 1]], ["├", [1, 1, 1, 0]], ["┼", [1, 1, 1, 1]], ["╭", [0, 1, 1, 0]], ["┏", [0, 1, 1, 0]], ["╴", [0, 0, 0, 1]], ["╿", [1, 0, 1, 0]],
  ])("%s reaches the edges it should", (char, edges) => {
    expect([covers(char, 5, 0), covers(char, 10, 10), covers(char, 5, 20), covers(char, 0, 10)].map(Number)).toEqual(edges);
  });
  it.each([["█", 200], ["▀", 100], ["▁", 25], ["▌", 100], ["▐", 100], ["▘", 50], ["▙", 150], ["░", 200]])("%s covers %i", (char, area) => {
    expect(boxesOf(char, cell)?.reduce((sum, { width, height }) => sum + width * height, 0)).toBeCloseTo(area);
  });
  it("double lines are two, and the rest is the font's", () => {
    expect(boxesOf("═", cell)?.length).toBe(4);
    expect([boxesOf("╱", cell), boxesOf("a", cell)]).toEqual([undefined, undefined]);
  });
});
