import { describe, expect, it } from "vitest";
import { ReplayKeys } from "./replay-keys.ts";

describe("keys of a replay", () => {
  it.each([
    [" ", ["pause"]],
    [".+-=", ["step", "faster", "slower", "faster"]],
    ["q", ["quit"]],
    ["\u0003", ["quit"]],
    ["\u001b[A\u001b[B\u001b[C\u001b[D", ["faster", "slower", "faster", "slower"]],
    ["\u001bOC", ["faster"]],
    ["\u001b[1;1:1C\u001b[1;1:3C", ["faster"]],
    ["\u001b[32u\u001b[32;1:3u", ["pause"]],
    ["\u001b[99;5u", ["quit"]],
    ["\u001b[27;5;99~", ["quit"]],
    ["\u001b[<35;10;10M\u001b[I\u001b[O\u001b[M q.", []],
    ["\u001b[?1;2c\u001b]11;rgb:qq/qq\u0007", []],
    ["\u001b[200~some q. text\u001b[201~.", ["step"]],
    ["\u001b[200~cut \u0003", ["quit"]],
    ["x\u0002d", []],
  ])("%j", (typed, expected) => {
    expect(new ReplayKeys().feed(Buffer.from(typed))).toEqual(expected);
    const one = new ReplayKeys();
    expect([...Buffer.from(typed)].flatMap((byte) => one.feed(Buffer.from([byte])))).toEqual(expected);
  });
});
