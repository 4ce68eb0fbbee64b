import { describe, expect, it } from "vitest";
import { keyBytes } from "./keys.ts";

const as = (modes: Partial<Parameters<typeof keyBytes>[1]>) => (name: string) => keyBytes(name, { applicationCursor: false, kitty: 0, otherKeys: 0, ...modes }).toString().replaceAll("\u001b", "ESC");

describe("keys as a program asked for them", () => {
  it.each([
    ["C-c", "\u0003"], ["M-x", "ESCx"], ["S-Tab", "ESC[Z"], ["BTab", "ESC[Z"], ["Up", "ESC[A"], ["C-Up", "ESC[1;5A"], ["F5", "ESC[15~"], ["S-a", "A"], ["C-Enter", "\r"], ["M-Enter", "ESC\r"], ["C-Space", "\u0000"], ["C-M-c", "ESC\u0003"],
  ])("%s in the old encoding", (name, sent) => expect(as({})(name)).toBe(sent));
  it.each([
    ["C-c", "ESC[99;5u"], ["M-x", "ESC[120;3u"], ["Escape", "ESC[27u"], ["Enter", "\r"], ["S-Enter", "ESC[13;2u"], ["S-Tab", "ESC[9;2u"], ["Up", "ESC[A"], ["C-Up", "ESC[1;5A"], ["a", "a"], ["S-a", "A"], ["C-S-a", "ESC[97;6u"], ["F3", "ESC[13~"], ["F5", "ESC[15~"], ["PageUp", "ESC[5~"], ["é", "é"],
  ])("%s with Kitty's disambiguation", (name, sent) => expect(as({ kitty: 1, applicationCursor: true })(name)).toBe(sent));
  it.each([
    ["Enter", "ESC[13u"], ["a", "ESC[97;;97u"], ["A", "ESC[97;;65u"], ["C-c", "ESC[99;5u"],
  ])("%s with all keys and their text", (name, sent) => expect(as({ kitty: 1 | 8 | 16 })(name)).toBe(name === "A" ? "ESC[97;2;65u" : sent));
  it.each([
    [1, "S-Enter", "ESC[27;2;13~"], [1, "C-c", "\u0003"], [1, "C-;", "ESC[27;5;59~"], [1, "M-x", "ESCx"], [1, "S-Tab", "ESC[Z"], [2, "C-c", "ESC[27;5;99~"], [2, "M-x", "ESC[27;3;120~"], [2, "Enter", "\r"], [2, "a", "a"],
  ] as const)("modifyOtherKeys %s: %s", (otherKeys, name, sent) => expect(as({ otherKeys })(name)).toBe(sent));
  it("what is no key is an error that can be shown", () => expect(() => as({})("\u001bNo")).toThrow(expect.objectContaining({ code: "bad-input", message: "'?No' is not a key" }) as Error));
});
