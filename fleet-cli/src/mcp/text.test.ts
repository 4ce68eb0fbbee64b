// What stands between a program's bytes and a model.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { counts } from "@fleetwire/shared/testing";
import { BoundedLines } from "./bounded-lines.ts";
import { LineFinder } from "./line-pattern.ts";
import { OutputPart } from "./output-part.ts";
import { fitting } from "./records.ts";
import { fenced, harmless, plain, plainOutput } from "./untrusted.ts";

describe("a program's text", () => {
  it("has no control characters and nothing invisible left, whatever it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        // eslint-disable-next-line no-control-regex -- that there is none is the point
        expect(plain(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e]|[\u{e0000}-\u{e007f}]/u);
      }),
      { numRuns: counts(500, 20_000) },
    );
    expect(harmless({ a: ["\u001b[31mred\u001b[0m"], b: { c: "t\u200bag\u{e0041}" }, n: 1, none: null })).toEqual({ a: ["red"], b: { c: "tag" }, n: 1, none: null });
  });

  it("a line that was written over shows what came last", () => {
    expect(plainOutput("10%\r50%\r100%\r\ndone\r\r\n")).toBe("100%\ndone\n");
  });

  it("stands between marks that it can't know", () => {
    const [one, two] = [fenced("t", "x"), fenced("t", "x")].map((text) => text.split("\n")[1]);
    expect(one).not.toBe(two);
  });

  it("a pattern finds a line in pieces, without its colours; one that runs away is stopped", () => {
    const finder = new LineFinder("^ready [0-9]+$");
    expect(finder.feed(Buffer.from("not \u001b[3"))).toBeUndefined();
    expect(finder.feed(Buffer.from("1mready 1\n\u001b[32mrea"))).toBeUndefined();
    expect(finder.feed(Buffer.from("dy 42\u001b[0m"))).toBe("ready 42");
    expect(() => new LineFinder("(")).toThrow(expect.objectContaining({ code: "bad-input" }));
    expect(() => new LineFinder("^(a+)+$").feed(Buffer.from(`${"a".repeat(60)}!`))).toThrow(expect.objectContaining({ code: "bad-input" }));
  });
});

describe("a part of output", () => {
  const output = (offset: number, text: string) => ({ kind: "output", offset, bytes: Buffer.from(text) }) as const;

  it("parts one after the other are the whole, at any size, and never cut a character", () => {
    const text = fc.array(fc.constantFrom("a", "ä", "€", "😀", "\n"), { maxLength: 60 }).map((letters) => letters.join(""));
    fc.assert(
      fc.property(text, fc.integer({ min: 4, max: 20 }), (whole, size) => {
        const bytes = Buffer.from(whole);
        let [from, read] = [0, ""];
        while (from < bytes.length) {
          const part = new OutputPart(from, size);
          part.take({ kind: "output", offset: from, bytes: bytes.subarray(from) });
          if (!part.full) part.take({ kind: "end", offset: bytes.length });
          const { text: next, next: after } = part.read();
          expect(after).toBeGreaterThan(from);
          read += next;
          from = after;
        }
        expect(read).toBe(whole);
      }),
      { numRuns: counts(500, 20_000) },
    );
  });

  it("the last lines begin with a line, and say where", () => {
    const part = new OutputPart(100, 1_000);
    part.take(output(100, "half of one\ntwo\nthree\n"));
    expect(part.readLast(2, false)).toEqual({ text: "two\nthree\n", from: 112, next: 122 });
    expect(part.readLast(9, false)).toEqual({ text: "two\nthree\n", from: 112, next: 122 });
    expect(part.readLast(9, true)).toEqual({ text: "half of one\ntwo\nthree\n", from: 100, next: 122 });
    expect(new OutputPart(5, 10).readLast(3, true)).toEqual({ text: "", from: 5, next: 5 });
  });

  it("says what is missing, and begins after it", () => {
    const part = new OutputPart(10, 1_000);
    part.take({ kind: "gap", from: 10, to: 50, reason: "rotated" });
    part.take(output(50, "x"));
    expect(part).toMatchObject({ from: 50, missing: [{ from: 10, to: 50, reason: "rotated" }] });
    expect(part.read()).toEqual({ text: "x", next: 51 });
  });
});

it("a list is cut to what fits, and never to nothing", () => {
  expect(fitting(["aaaa", "bbbb", "cccc"], 13)).toEqual(["aaaa", "bbbb"]);
  expect(fitting(["a".repeat(100), "b"], 10)).toEqual(["a".repeat(100)]);
  expect(fitting([], 10)).toEqual([]);
});

it("lines of bounded length pass; longer ones are left out, in whatever pieces they come", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 30 }), { maxLength: 20 }), fc.integer({ min: 1, max: 9 }), async (given, size) => {
      let dropped = 0;
      const lines = new BoundedLines(11, () => dropped++);
      let read = "";
      lines.on("data", (chunk: Buffer) => (read += chunk.toString()));
      const bytes = Buffer.from(given.map((line) => `${line}\n`).join(""));
      for (let at = 0; at < bytes.length; at += size) lines.write(bytes.subarray(at, at + size));
      await new Promise((resolve) => lines.end(resolve).once("end", resolve));
      expect(read).toBe(given.filter((line) => line.length <= 10).map((line) => `${line}\n`).join(""));
      expect(dropped).toBe(given.filter((line) => line.length > 10).length);
    }),
  );
});
