import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DetachChord } from "./detach-chord.ts";

const B = "\u0002";
const E = "\u001b";
const KITTY_B = `${E}[98;5u`;
const KITTY_D = `${E}[100u`;

/** name, typed, forwarded, detached */
const CASES: readonly (readonly [string, string, string, boolean])[] = [
  ["the chord", `${B}d`, "", true],
  ["prefix and another key", `${B}x`, `${B}x`, false],
  ["plain text", "hello", "hello", false],
  ["text before the chord", `hello${B}d`, "hello", true],
  ["a cursor report in between", `${B}${E}[12;40Rd`, "", true],
  ["focus in in between", `${B}${E}[Id`, `${E}[I`, true],
  ["focus out in between", `${B}${E}[Od`, `${E}[O`, true],
  ["several escapes in between", `${B}${E}[I${E}[5;5R${E}[O${E}[?1;2cd`, `${E}[I${E}[O`, true],
  ["an SGR mouse report in between", `${B}${E}[<35;10;20Md`, `${E}[<35;10;20M`, true],
  ["an X10 mouse report in between, with a d inside", `${B}${E}[M dd` + "d", `${E}[M dd`, true],
  ["a two-character escape in between", `${B}${E}Md`, `${E}M`, true],
  ["Kitty prefix, raw d", `${KITTY_B}d`, "", true],
  ["Kitty prefix, Kitty d", `${KITTY_B}${KITTY_D}`, "", true],
  ["Kitty d with an explicit modifier of none", `${KITTY_B}${E}[100;1u`, "", true],
  ["legacy prefix, Kitty d", `${B}${KITTY_D}`, "", true],
  ["Kitty with interleaved reports", `${KITTY_B}${E}[I${E}[<0;1;1m${KITTY_D}`, `${E}[I${E}[<0;1;1m`, true],
  ["Kitty with event types, releases and modifier keys", `${E}[57442;5u${E}[98;5:1u${E}[98;5:3u${E}[57442;1:3u${E}[100;1:1u`, `${E}[57442;5u${E}[98;5:3u${E}[57442;1:3u`, true],
  ["Kitty with caps and num lock", `${E}[98;197u${E}[100;193u`, "", true],
  ["Kitty with alternate keys and text", `${E}[98:66;5u${E}[100:68;1;100u`, "", true],
  ["other Kitty keys", `${E}[97;5u${E}[98u`, `${E}[97;5u${E}[98u`, false],
  ["Kitty non-d cancels", `${KITTY_B}${E}[97ud`, `${KITTY_B}${E}[97ud`, false],
  ["Ctrl+D is not d", `${B}\u0004`, `${B}\u0004`, false],
  ["Kitty Ctrl+D is not d", `${B}${E}[100;5u`, `${B}${E}[100;5u`, false],
  ["D is not d", `${B}D`, `${B}D`, false],
  ["modifyOtherKeys", `${E}[27;5;98~d`, "", true],
  ["modifyOtherKeys, another key", `${E}[27;5;98~${E}[27;5;99~`, `${E}[27;5;98~${E}[27;5;99~`, false],
  ["escapes without a prefix", `${E}[A${E}[5;5R${E}OP${E}[Id`, `${E}[A${E}OP${E}[Id`, false],
  ["answers of the terminal go nowhere", `a${E}[?62;22c${E}[>1;10;0c${E}[0n${E}[?2026;2$y${E}[?1u${E}[8;24;80t${E}[48;24;80;0;0tb${E}P1+r544e${E}\\c${E}_Gi=1;OK${E}\\d`, "abcd", false],
  ["F3 with a modifier is a key", `${E}[1;5R`, `${E}[1;5R`, false],
  ["what the terminal says by itself stays", `${E}[?997;1n${E}[I${E}[<0;1;1M`, `${E}[?997;1n${E}[I${E}[<0;1;1M`, false],
  ["an answer in a paste stays", `${E}[200~${E}[?62;22c${E}[201~`, `${E}[200~${E}[?62;22c${E}[201~`, false],
  ["text between attempts", `${B}xabc${B}d`, `${B}xabc`, true],
  ["the prefix twice sends one", `${B}${B}d`, `${B}d`, false],
  ["the prefix three times and d", `${B}${B}${B}d`, B, true],
  ["the prefix twice in Kitty sends one", `${KITTY_B}${KITTY_B}d`, `${KITTY_B}d`, false],
  ["an arrow key cancels", `${B}${E}[Ad`, `${B}${E}[Ad`, false],
  ["an application arrow key cancels", `${B}${E}OAd`, `${B}${E}OAd`, false],
  ["a paste is not searched", `${E}[200~${B}d${E}[201~x`, `${E}[200~${B}d${E}[201~x`, false],
  ["a paste cancels", `${B}${E}[200~d${E}[201~`, `${B}${E}[200~d${E}[201~`, false],
  ["the chord after a paste", `${E}[200~a${E}[201~${B}d`, `${E}[200~a${E}[201~`, true],
  ["characters of several bytes", `äöü€😀${B}d`, "äöü€😀", true],
  ["an OSC reply in between", `${B}${E}]11;rgb:dd/dd/dd${E}\\d`, "", true],
  ["a DCS reply in between", `${B}${E}P>|kitty${E}\\d`, "", true],
];

function feedAll(reads: readonly Buffer[]) {
  const chord = new DetachChord();
  const forwarded: Buffer[] = [];
  for (const read of reads) {
    const { forward, detached } = chord.feed(read);
    forwarded.push(forward);
    if (detached) return { forwarded: Buffer.concat(forwarded).toString(), detached };
  }
  forwarded.push(chord.flush());
  return { forwarded: Buffer.concat(forwarded).toString(), detached: false };
}

describe("the detach chord", () => {
  it.each(CASES)("%s", (_, typed, forwarded, detached) => {
    expect(feedAll([Buffer.from(typed)])).toEqual({ forwarded, detached });
  });

  it.each(CASES)("%s, cut at every byte", (_, typed, forwarded, detached) => {
    const bytes = Buffer.from(typed);
    for (let cut = 1; cut < bytes.length; cut++) expect(feedAll([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual({ forwarded, detached });
    expect(feedAll([...bytes].map((byte) => Buffer.of(byte)))).toEqual({ forwarded, detached });
  });

  it("forwards what it is not for, byte for byte, however it is cut", () => {
    const anything = fc.array(fc.oneof(fc.constantFrom(E, `${E}[`, `${E}[98;5`, `${E}[200~`, "u", "x", "é", `${E}]0;`, `${E}\\`, "\u0007"), fc.string({ maxLength: 4 }).map((text) => text.replaceAll(B, ""))), { maxLength: 12 });
    fc.assert(
      fc.property(anything, fc.array(fc.nat(40), { maxLength: 5 }), (parts, cuts) => {
        const bytes = Buffer.from(parts.join(""));
        // eslint-disable-next-line no-control-regex -- strings of a terminal are answers, and those are for nobody
        fc.pre(!bytes.includes(KITTY_B) && !bytes.includes(2) && !/\u001b(?:[\]PX^_]|\[[\d;?>=$]*[nRtcmy])/.test(bytes.toString()));
        const at = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
        const reads = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        expect(feedAll(reads)).toEqual({ forwarded: bytes.toString(), detached: false });
      }),
    );
  });

  it("holds a lone prefix, and no time decides about it", () => {
    const chord = new DetachChord();
    expect(chord.feed(Buffer.from(B)).forward.length).toBe(0);
    expect(chord.waitMs).toBeUndefined();
    expect(chord.flush().length).toBe(0);
    expect(chord.feed(Buffer.from("d")).detached).toBe(true);
  });

  it("holds a lone ESC for a moment only", () => {
    const chord = new DetachChord();
    expect(chord.feed(Buffer.from(`a${E}`)).forward.toString()).toBe("a");
    expect(chord.waitMs).toBe(30);
    expect(chord.flush().toString()).toBe(E);
    expect(chord.waitMs).toBeUndefined();
  });

  it("forwards prefix and ESC when the key was ESC", () => {
    const chord = new DetachChord();
    chord.feed(Buffer.from(B + E));
    expect(chord.flush().toString()).toBe(B + E);
  });

  it("forwards prefix and Alt+key after a while", () => {
    const chord = new DetachChord();
    expect(chord.feed(Buffer.from(`${B}${E}1`)).forward.length).toBe(0);
    expect(chord.waitMs).toBe(500);
    expect(chord.flush().toString()).toBe(`${B}${E}1`);
  });

  it.each([["x", 1], ["exit\r", 5], [`${E}[100;1:3u`, 0], ["é", 1], [`${E}[A`, 1]])("counts the keys after the chord: %j", (after, unsent) => {
    expect(new DetachChord().feed(Buffer.from(`${B}d${after}`))).toMatchObject({ detached: true, unsent });
  });
});
