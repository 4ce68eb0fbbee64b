import { describe, expect, it } from "vitest";
import { FleetError } from "@fleetwire/shared/errors";
import { ageOf, bytesOf, cellWidth, cutToWidth, renderError, renderTable } from "./index.ts";
import { neutral } from "../text/index.ts";

describe("cells", () => {
  it.each([
    ["plain", 5],
    ["äöü", 3],
    ["a\u0301", 1],
    ["漢字", 4],
    ["한글", 4],
    ["👍", 2],
    ["👨‍👩‍👧", 2],
    ["❤️", 2],
    ["", 0],
  ])("%s takes %i", (text, width) => expect(cellWidth(text)).toBe(width));

  it("cuts between characters, never inside one", () => {
    expect(cutToWidth("abcdef", 4)).toBe("abc…");
    expect(cutToWidth("漢字漢字", 4)).toBe("漢…");
    expect(cutToWidth("👨‍👩‍👧👨‍👩‍👧", 3)).toBe("👨‍👩‍👧…");
    expect(cutToWidth("€".repeat(60), 10)).toBe(`${"€".repeat(9)}…`);
    for (let width = 0; width < 12; width++) expect(cellWidth(cutToWidth("a漢👍b字c👍", width))).toBeLessThanOrEqual(width);
  });
});

describe("tables", () => {
  const columns = [{ title: "NAME" }, { title: "N", align: "right" as const }, { title: "COMMAND", flexible: true }];
  it("line up by cells", () => {
    expect(renderTable(columns, [["漢字", "7", "x"], ["abc", "12", "y"]])).toBe("NAME   N  COMMAND\n漢字   7  x\nabc   12  y");
  });
  it("cut what may be cut, to the terminal's width", () => {
    const lines = renderTable(columns, [["abc", "1", "€".repeat(80)]], 40).split("\n");
    expect(lines.map(cellWidth).every((width) => width <= 40)).toBe(true);
    expect(lines[1]).toMatch(/€…$/);
    expect(renderTable(columns, [["abc", "1", "€".repeat(80)]])).toContain("€".repeat(80));
  });
  it("show control characters instead of obeying them", () => {
    expect(renderTable([{ title: "A" }], [["x\u001b[31m\n\u202ey\u0007"]])).toBe("A\nx\\e[31m\\n\\x202ey\\x07");
  });
});

describe("words for people", () => {
  it("ages and sizes", () => {
    expect([0, 59_000, 300_000, 7_200_000, 864_000_000].map(ageOf)).toEqual(["0s", "59s", "5m", "2h", "10d"]);
    expect([0, 1023, 1536, 5 * 1024 ** 3].map(bytesOf)).toEqual(["0 B", "1023 B", "1.5 KB", "5.0 GB"]);
  });
  it("an error is one line and a hint, or JSON", () => {
    const error = new FleetError("unknown-session", "there is no\nsession \u001b[31m");
    expect(renderError(error, { json: false, debug: false })).toBe("fleet: there is no\\nsession \\e[31m\nhint: 'fleet ls' lists the sessions\n");
    expect(JSON.parse(renderError(error, { json: true, debug: false }))).toEqual({ error: error.toRecord() });
    expect(renderError(error, { json: false, debug: true })).toMatch(/ui\.test\.ts/);
  });
  it("neutral is one line", () => expect(neutral("a\u2028b")).toBe("a\\x2028b"));
});
