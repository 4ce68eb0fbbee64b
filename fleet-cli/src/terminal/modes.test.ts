import xterm from "@xterm/headless";
import { describe, expect, it } from "vitest";
import { Modes } from "./modes.ts";
import { OutputFilter } from "./output-filter.ts";

const E = "\u001b";

function modesAfter(printed: string): Modes {
  const modes = new Modes();
  new OutputFilter({ passing: { clipboard: true, titles: true, notifications: true }, onSequence: (sequence) => modes.see(sequence) }).feed(Buffer.from(printed));
  return modes;
}

async function screenAfter(text: string) {
  const screen = new xterm.Terminal({ cols: 40, rows: 10, allowProposedApi: true });
  await new Promise<void>((resolve) => screen.write(text, resolve));
  return screen;
}

describe("undoing what a session switched", () => {
  it("pops as many keyboard modes as were pushed, on each screen", () => {
    const undo = modesAfter(`${E}[>1u${E}[>3u${E}[<u${E}[?1049h${E}[>5u${E}[>7u`).undo();
    expect(undo.indexOf(`${E}[<2u`)).toBeGreaterThanOrEqual(0);
    expect(undo.indexOf(`${E}[<2u`)).toBeLessThan(undo.indexOf(`${E}[?1049l`));
    expect(undo.indexOf(`${E}[<1u`)).toBeGreaterThan(undo.indexOf(`${E}[?1049l`));
  });

  it("pops nothing that was not pushed, and leaves no screen it is not on", () => {
    const undo = modesAfter(`${E}[?1049h${E}[?1049l`).undo();
    expect(undo).not.toContain("u");
    expect(undo).not.toContain("1049");
  });

  it("switches off what it knows only by its number", () => {
    expect(modesAfter(`${E}[?2048;9001h`).undo()).toContain(`${E}[?2048l${E}[?9001l`);
    expect(modesAfter(`${E}[?2048h${E}[?2048l`).undo()).not.toContain("2048");
  });

  it("gives back colours, links and progress", () => {
    const undo = modesAfter(`${E}]11;#000\u0007${E}]12;red\u0007${E}]8;;http://x/\u0007${E}]9;4;1;50\u0007`).undo();
    for (const text of ["]111", "]112", "]8;;", "]9;4;0"]) expect(undo).toContain(E + text);
  });

  it.each([
    ["a shell", "$ ls\r\na b\r\n$ ", 3],
    ["a box with something below the cursor", `top\r\n> \r\nbottom${E}[1A${E}[3G`, 9],
    ["a cleared screen", `junk\r\njunk${E}[H${E}[2J$ `, 1],
    ["margins and origin mode", `${E}[3;6r${E}[?6hx`, 9],
    ["margins alone", `a\r\nb\r\n${E}[2;5r${E}[J`, 1],
  ])("leaves the cursor below what %s printed, and clears nothing", async (_, printed, row) => {
    const before = await screenAfter(printed);
    const after = await screenAfter(printed + modesAfter(printed).undo());
    const lines = (screen: typeof before) => Array.from({ length: screen.buffer.active.length }, (__, line) => screen.buffer.active.getLine(line)?.translateToString(true)).join("\n").trimEnd();
    expect(lines(after)).toEqual(lines(before));
    expect([after.buffer.active.cursorY, after.buffer.active.cursorX]).toEqual([row, 0]);
  });

  it("brings the main screen's cursor back after margins on the alternate one", async () => {
    const printed = `one\r\ntwo${E}[?1049h${E}[2;5r${E}[?6h${E}[Hfull`;
    const screen = await screenAfter(printed + modesAfter(printed).undo());
    expect(screen.buffer.active.type).toBe("normal");
    expect(screen.buffer.active.cursorY).toBe(1);
  });
});
