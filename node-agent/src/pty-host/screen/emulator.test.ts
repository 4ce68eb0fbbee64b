import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { counts } from "@fleetwire/shared/testing";
import { Emulator, SCROLLBACK } from "./emulator.ts";
import { groundLength } from "./ground.ts";
import { randomOutput } from "../testing/random-output.ts";
import { Shown } from "../testing/shown.ts";

const SIZE = { cols: 40, rows: 10 };

const SCREENS: Readonly<Record<string, string>> = {
  "plain lines": "one\r\ntwo\r\n\r\nthree",
  "more than a screen": Array.from({ length: 60 }, (_, i) => `line ${i}`).join("\r\n"),
  "more than a screen, cleared below": `${Array.from({ length: 30 }, (_, i) => `line ${i}`).join("\r\n")}\u001b[H\u001b[Jtop`,
  "wrapped lines": `${"abcdefghij".repeat(12)}\r\nend`,
  "about to wrap": "x".repeat(40),
  "about to wrap after a wide character": `${"x".repeat(38)}世`,
  "wide characters that don't fit": `${"世界".repeat(30)}a${"世界".repeat(12)}`,
  "combining characters and emoji": "e\u0301 👩‍💻 ❤️ ñ 日本",
  "colours of all kinds": "\u001b[31mred\u001b[1;4;48;5;200mx\u001b[38;2;1;2;3my\u001b[0;7;9;53mz\u001b[m \u001b[4:3;58:2::9:8:7mcurl\u001b[m\u001b[94;103mbright\u001b[m",
  "erased with a background": "abc\u001b[44m\u001b[K\r\n\u001b[2Kxx\u001b[m\r\n\u001b[41m\u001b[5X\u001b[m ok",
  "scrolled with a background": `\u001b[45m${"line\r\n".repeat(20)}\u001b[m`,
  "wrapped with a background": `\u001b[42m${"y".repeat(90)}\u001b[m`,
  "wrapped blanks": `${"z".repeat(45)}\u001b[A\u001b[30G\u001b[K\u001b[B\r\u001b[1X`,
  "alternate screen": "before\r\n\u001b[33m\u001b[?1049h\u001b[2;3Hinside\u001b[5;5H",
  "alternate screen by 47": "main\u001b[?47halt\u001b[3;3Hhere",
  "a full-screen program": "\u001b[?1049h\u001b[?1h\u001b=\u001b[?2004h\u001b[?1002h\u001b[?1006h\u001b[?25l\u001b[3;8r\u001b[3;1Hbody\u001b[2 q\u001b]2;a title\u0007",
  "margins and origin": "\u001b[2;6r\u001b[?6h\u001b[2;2Hin\u001b[m",
  "insert, no wrap": "abc\u001b[4h\u001b[?7l\u001b[2G",
  "saved cursor": "\u001b[4;7H\u001b[35m\u001b7\u001b[m\u001b[H",
  "tab stops": "\u001b[3g\u001b[5G\u001bH\u001b[17G\u001bH\r\tX",
  "line drawing": "\u001b(0lqqk\u001b(B ok \u001b)0\u000ex",
  "focus, keypad, reverse wrap": "\u001b[?1004h\u001b[?66h\u001b[?45h",
  "links": "\u001b]8;id=1;https://example.com\u001b\\link\u001b]8;;\u001b\\ after",
};

describe("a snapshot", () => {
  it.each(Object.entries(SCREENS))("gives the same screen: %s", async (_name, bytes) => {
    using reference = new Shown(SIZE);
    await reference.write(bytes);
    using emulator = new Emulator({ cols: 40, rows: 10 }, 0, 1);
    emulator.write(Buffer.from(bytes));
    using copy = new Shown(SIZE);
    await copy.write(emulator.snapshot("vt", SCROLLBACK).data);
    expect(copy.picture(SCROLLBACK)).toEqual(reference.picture(SCROLLBACK));
  });

  const stream = randomOutput();

  it.each([
    ["a title before its terminator", "\u001b]2;title\u001b", "\\"],
    ["a link before its terminator", "\u001b]8;;https://a.example\u001b", "\\link"],
    ["a character before the one that joins it", "e", "\u0301"],
    ["a character before its repetition", "e", "\u001b[3b"],
    ["the colour of underlines to come", "\u001b[58;2;9;8;7m", "\u001b[4mx"],
    ["a charset that restoring the cursor has left", "\u001b(0\u001b8", "`"],
  ])("can be taken anywhere: %s", async (_what, before, after) => {
    using emulator = new Emulator(SIZE, 0, 1);
    emulator.write(Buffer.from(before));
    using reference = new Shown(SIZE);
    await reference.write(before + after);
    using copy = new Shown(SIZE);
    await copy.write(emulator.snapshot("vt", SCROLLBACK).data);
    await copy.write(Buffer.from(before + after).subarray(emulator.offset));
    expect(copy.picture(SCROLLBACK)).toEqual(reference.picture(SCROLLBACK));
  });

  it("equals a reference that saw every byte, wherever the stream is cut, and goes on the same way", async () => {
    await fc.assert(
      fc.asyncProperty(stream, stream, fc.double({ min: 0, max: 1, noNaN: true }), fc.array(fc.nat(20), { minLength: 1 }), async (before, after, cut, splits) => {
        const all = Buffer.concat([before, after]);
        const seen = Math.floor(cut * all.length);
        using emulator = new Emulator({ cols: 40, rows: 10 }, 1000, 1);
        for (let at = 0, i = 0; at < seen; i++) {
          const next = Math.min(seen, at + 1 + (splits[i % splits.length] ?? 0));
          emulator.write(all.subarray(at, next));
          at = next;
        }
        using reference = new Shown(SIZE);
        await reference.write(all.subarray(0, emulator.offset - 1000));
        using copy = new Shown(SIZE);
        await copy.write(emulator.snapshot("vt", SCROLLBACK).data);
        expect(copy.picture(SCROLLBACK)).toEqual(reference.picture(SCROLLBACK));
        const rest = all.subarray(emulator.offset - 1000);
        await Promise.all([copy.write(rest), reference.write(rest)]);
        expect(copy.picture(0)).toEqual(reference.picture(0));
      }),
      { numRuns: counts(200, 20_000) },
    );
  }, 1_200_000);

  it("shows nothing of a wide character that a resize has cut in two", async () => {
    const bytes = `\u001b[?1049h${"x".repeat(29)}漢y\r\n${"z".repeat(40)}漢漢`;
    using emulator = new Emulator(SIZE, 0, 1);
    emulator.write(Buffer.from(bytes));
    emulator.resize({ cols: 30, rows: 10 });
    using reference = new Shown(SIZE);
    await reference.write(bytes);
    reference.terminal.resize(30, 10);
    using copy = new Shown({ cols: 30, rows: 10 });
    await copy.write(emulator.snapshot("vt", SCROLLBACK).data);
    expect(copy.picture(SCROLLBACK)).toEqual(reference.picture(SCROLLBACK));
  });

  it("outlives sequences that the emulator itself does not", () => {
    using emulator = new Emulator({ cols: 40, rows: 10 }, 0, 1);
    emulator.write(Buffer.from("gone\u001b[10;40H\u001b[1J\u001b[Hstill here"));
    expect(emulator.snapshot("text", 0).data).toBe("still here\n");
    expect(emulator.offset).toBe(Buffer.byteLength("gone\u001b[10;40H\u001b[1J\u001b[Hstill here"));
  });

  it("asks nothing: no answer comes from a terminal that shows it", async () => {
    using emulator = new Emulator({ cols: 40, rows: 10 }, 0, 1);
    emulator.write(Buffer.from("\u001b[6n\u001b[c\u001b[>c\u001b[5n\u001b]10;?\u0007\u001b[?2004$p\u001bP$qm\u001b\\text\u001b]2;\u001b[6n\u0007"));
    using copy = new Shown(SIZE);
    const answers: string[] = [];
    copy.terminal.onData((answer) => answers.push(answer));
    await copy.write(emulator.snapshot("vt", 100).data);
    expect(answers).toEqual([]);
  });

  it("as text and with colours has the lines alone", async () => {
    using emulator = new Emulator({ cols: 20, rows: 5 }, 0, 1);
    emulator.write(Buffer.from("\u001b[31mred\u001b[m  plain\r\n\r\nthird\u001b[?25l"));
    expect(emulator.snapshot("text", 0).data).toBe("red  plain\n\nthird\n");
    expect(emulator.snapshot("ansi", 0).data).toBe("\u001b[0;31mred\u001b[m  plain\n\nthird\n");
    expect(emulator.snapshot("text", 0).cursor).toEqual({ x: 5, y: 2, visible: false });
  });
});

describe("cutting a stream", () => {
  it.each([
    ["abc", 3], ["abc\u001b", 3], ["abc\u001b[", 3], ["abc\u001b[3", 3], ["abc\u001b[31m", 8], ["a\u001b]0;tit", 1], ["a\u001b]0;t\u0007b", 8],
    ["a\u001b]0;t\u001b", 1], ["a\u001b]0;t\u001b[3", 1], ["a\u001b]0;t\u001b\\", 8], ["a\u001bPx\u0007", 1], ["a\u001b(", 1], ["a\u001b(B", 4], ["a\u001b[3\u0018b", 6],
  ])("%j has %i whole bytes", (text, length) => expect(groundLength(Buffer.from(text, "latin1"))).toBe(length));

  it("keeps characters whole", () => {
    const bytes = Buffer.from("a👍");
    expect([0, 1, 2, 3, 4].map((cut) => groundLength(bytes.subarray(0, 1 + cut)))).toEqual([1, 1, 1, 1, 5]);
    expect(groundLength(Buffer.from([0x61, 0xff, 0x80]))).toBe(3);
  });
});
