import { describe, expect, it } from "vitest";
import { OutputNeutraliser, shownText, stripEscapes, takePlain, withMarks } from "./index.ts";

describe("output of a session on a terminal", () => {
  const shown = (text: string, strip = false) => new OutputNeutraliser({ strip }).feed(Buffer.from(text)).toString();
  it.each([
    ["colours stay", "\u001b[1;31mred\u001b[0m", "\u001b[1;31mred\u001b[0m"],
    ["cursor movement goes", "a\u001b[2J\u001b[5;10Hb", "ab"],
    ["queries go", "a\u001b[6n\u001b[c\u001bZb", "ab"],
    ["the clipboard is not written", "a\u001b]52;c;c2VjcmV0\u0007b", "ab"],
    ["titles go", "a\u001b]0;title\u001b\\b", "ab"],
    ["device strings go", "a\u001bP$qm\u001b\\b", "ab"],
    ["modes stay as they are", "a\u001b[?1049h\u001b[?1000hb", "ab"],
    ["8-bit forms go", "a\u009b6nb\u009d0;x\u009cc", "abc"],
    ["lines stay", "a\r\nb\tc\n", "a\r\nb\tc\n"],
    ["bells and the like go", "a\u0007\u0000\u000eb", "ab"],
    ["other bytes stay", "ä€漢", "ä€漢"],
  ])("%s", (_what, given, expected) => expect(shown(given)).toBe(expected));

  it("takes a sequence that comes in pieces", () => {
    const text = "x\u001b]52;c;AAAA\u001b\\y\u001b[31mz\u001b[2J€\n";
    const bytes = Buffer.from(text);
    for (let cut = 1; cut < bytes.length; cut++) {
      const filter = new OutputNeutraliser({ strip: false });
      expect(Buffer.concat([filter.feed(bytes.subarray(0, cut)), filter.feed(bytes.subarray(cut))]).toString()).toBe("xy\u001b[31mz€\n");
    }
  });
  it("keeps bytes that are no UTF-8", () => expect(new OutputNeutraliser({ strip: true }).feed(Buffer.from([0x61, 0xff, 0x62]))).toEqual(Buffer.from([0x61, 0xff, 0x62])));
  it("doesn't wait for ever for a sequence without an end", () => expect(shown(`\u001b]${"x".repeat(20_000)}`)).toBe(""));
  it("plain is text alone", () => expect(stripEscapes("\u001b[31ma\u001b[0m\r\nb")).toBe("a\nb"));
});

describe("pages of plain text", () => {
  const output = Buffer.from(`one\r\n\u001b[1;31mréd 漢字\u001b[0m\u001b]0;${"t".repeat(300)}\u0007 👍\u009b31m\u00a9\r\nthree`);
  it.each([1, 2, 3, 5, 7, 64, 400, 5_000])("of %i bytes and as much more as it takes give what the whole gives", (size) => {
    let text = "";
    let most = size;
    for (let at = 0; at < output.length; ) {
      const page = takePlain(output.subarray(at, at + most), at + most >= output.length);
      text += page.text;
      at += page.taken;
      most = page.taken === 0 ? most * 2 : size;
    }
    expect(text).toBe(stripEscapes(output.toString()));
  });
  it("wait for the rest of a sequence that has begun, and no longer than reasonable", () => {
    expect(takePlain(Buffer.from("ab\u001b[3"), false)).toEqual({ text: "ab", taken: 2 });
    expect(takePlain(Buffer.from("ab\u001b[3"), true)).toEqual({ text: "ab", taken: 5 });
    expect(takePlain(Buffer.from(`\u001b]${"x".repeat(9_000)}`), false).taken).toBe(9_002);
  });
});

describe("text that is only looked at", () => {
  it("can't turn what follows, nor act on a terminal", () => {
    expect(shownText("a\u202eb\u2066c\u0007d\u009be\u200f👨‍👩‍👧")).toBe("abcde👨‍👩‍👧");
    expect(withMarks("a\u202eb\tc\u0007")).toBe("a\ufffdb\tc\ufffd");
  });
});
