import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OutputFilter } from "./output-filter.ts";
import type { Passing } from "./types.ts";

const E = "\u001b";

const ALL: Passing = { clipboard: true, titles: true, notifications: true };

function filtered(chunks: readonly Buffer[], passing = ALL): string {
  const filter = new OutputFilter({ passing });
  return Buffer.concat(chunks.map((chunk) => filter.feed(chunk))).toString("latin1");
}

/** name, printed; what is dropped stands between ‹ and › */
const SECRETS: readonly (readonly [string, string])[] = [
  ["clipboard read, BEL", `a‹${E}]52;c;?\u0007›b`],
  ["clipboard read, ST", `a‹${E}]52;c;?${E}\\›b`],
  ["clipboard read without a selection", `a‹${E}]52;;?\u0007›b`],
  ["clipboard read of several selections", `a‹${E}]52;pcs01;?\u0007›b`],
  ["clipboard read with a leading zero", `a‹${E}]052;c;?\u0007›b`],
  ["clipboard read with control characters inside", `a‹${E}]5\u00002;c\n;\r?\u0007›b`],
  ["clipboard read behind a long selection", `a‹${E}]52;${"c".repeat(70)};?\u0007›b`],
  ["clipboard read that never ends", `a‹${E}]52;c;?${"x".repeat(5000)}›`],
  ["clipboard read cancelled", `a‹${E}]52;c;?\u0018›b`],
  ["clipboard read ended by another sequence", `a‹${E}]52;c;?›${E}[1mb`],
  ["clipboard read with one-character introducer", "a‹\u009d52;c;?\u009c›b"],
  ["clipboard read inside a passthrough", `a‹${E}Ptmux;›${E}‹${E}]52;c;?\u0007›${E}\\b`],
  ["two in a row", `‹${E}]52;c;?\u0007›‹${E}]52;p;?\u0007›`],
  ["title report", `a‹${E}[21t›b`],
  ["icon title report", `a‹${E}[20t›b`],
  ["title report with more parameters", `a‹${E}[021;1t›b`],
  ["title report with one-character introducer", "a‹\u009b21t›b"],
  ["title report with a control character inside", `a‹${E}[2\n1t›b`],
];

const HARMLESS: readonly string[] = [
  "plain text, ünïcödé · « 🙂 and \u00a0 spaces",
  `${E}[1;31mred${E}[0m`,
  `${E}]52;c;aGVsbG8=\u0007`,
  `${E}]0;a title?\u0007`,
  `${E}]8;;https://example.org/?q=;?\u0007link${E}]8;;\u0007`,
  `${E}[22;2t${E}[23;2t${E}[8;24;80t`,
  `${E}[2;21H${E}[21d${E}[20;5r`,
  `${E}Pq#0;2;0;0;0${"~".repeat(4000)}${E}\\`,
  `${E}]9;4;1;50\u0007${E}]9;build done\u0007${E}]777;notify;a;b\u0007${E}]1337;File=name=eA==;inline=1:AAAA\u0007`,
  `${E}[${"1;".repeat(800)}m`,
  `${E}(0lqk${E}(B${E}7${E}8${E}M${E}c`,
];

const bytesOf = (text: string) => Buffer.from(text.replace(/[‹›]/g, ""));
const keptOf = (text: string) => Buffer.from(text.replace(/‹[^›]*›/gs, "")).toString("latin1");
const cutEverywhere = (bytes: Buffer) => [...bytes].map((byte) => Buffer.of(byte));

describe("what the terminal must not answer", () => {
  it.each(SECRETS)("%s", (_, text) => {
    expect(filtered([bytesOf(text)])).toBe(keptOf(text));
  });

  it.each(SECRETS)("%s, cut at every byte", (_, text) => {
    const bytes = bytesOf(text);
    for (let cut = 1; cut < Math.min(bytes.length, 100); cut++) expect(filtered([bytes.subarray(0, cut), bytes.subarray(cut)])).toBe(keptOf(text));
    expect(filtered(cutEverywhere(bytes))).toBe(keptOf(text));
  });

  it("keeps no memory of a string that never ends", () => {
    const filter = new OutputFilter({ passing: ALL });
    filter.feed(Buffer.from(`${E}]52;c;?`));
    for (let at = 0; at < 100; at++) expect(filter.feed(Buffer.alloc(100_000, "x")).length).toBe(0);
    expect(filter.feed(Buffer.from("\u0007after")).toString()).toBe("after");
  });
});

describe("everything else", () => {
  it.each(HARMLESS)("passes: %j", (text) => {
    const bytes = Buffer.from(text);
    expect(filtered([bytes])).toBe(bytes.toString("latin1"));
    expect(filtered(cutEverywhere(bytes))).toBe(bytes.toString("latin1"));
  });

  const end = Buffer.from("\u0018 end ".repeat(2));
  const piece = fc.oneof(fc.constantFrom(`${E}[`, `${E}]`, `${E}P`, E, "\u009b", "31m", ";", "?", "52", "6n", "\u0007", `${E}\\`), fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString("latin1")));

  it("is cut without a difference, wherever", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.nat(60), (pieces, cut) => {
        const bytes = Buffer.concat([Buffer.from(pieces.join(""), "latin1"), end]);
        expect(filtered([bytes.subarray(0, cut), bytes.subarray(cut)])).toBe(filtered([bytes]));
      }),
      { numRuns: 2_000 },
    );
  });

  it("passes byte for byte", () => {
    // oxlint-disable-next-line no-control-regex -- what begins a sequence, and ENQ, are taken out
    const text = fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString("latin1").replaceAll(/[\u0005\u001b\u00c2]/g, ""));
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...HARMLESS.filter((one) => !one.includes("]")).map((one) => Buffer.from(one).toString("latin1"))), text), { maxLength: 10 }), fc.nat(60), (pieces, cut) => {
        // What is held at the end comes with what ends it.
        const bytes = Buffer.concat([Buffer.from(pieces.join(""), "latin1"), end]);
        expect(filtered([bytes.subarray(0, cut), bytes.subarray(cut)])).toBe(bytes.toString("latin1"));
      }),
      { numRuns: 1_000 },
    );
  });
});

const QUERIES = [
  `${E}[6n`, `${E}[?6n`, `${E}[5n`, `${E}[?996n`, `${E}[c`, `${E}[>c`, `${E}[=c`, `${E}[?u`, `${E}[?4m`, `${E}[?2026$p`, `${E}[4$p`, `${E}[>0q`, `${E}[14t`, `${E}[18t`, `${E}]10;?\u0007`, `${E}]4;1;?${E}\\`,
  `${E}P$qm${E}\\`, `${E}P+q544e${E}\\`, `${E}Z`, `${E}[#R`, `${E}[*y`, `${E}[&u`, `${E}[+p`, `${E}]99;i=1:p=?;${E}\\`, `${E}_Gi=31,s=1,v=1,a=q,t=d;AAAA${E}\\`, "\u0005",
  // What would answer later: keys and macros that hold text.
  `${E}P0;1|17/6c730d${E}\\`, `${E}P1;0;1!z1b5b366e${E}\\`, `${E}[1*z`, `${E}P@kitty-cmd{"cmd":"ls"}${E}\\`,
];

describe("questions", () => {
  it.each(QUERIES)("don't get through: %j", (query) => {
    const text = Buffer.from(`a${query}b`);
    // The end of a string alone does nothing.
    expect(filtered([text]).replace(`${E}\\`, "")).toBe("ab");
    expect(filtered(cutEverywhere(text)).replace(`${E}\\`, "")).toBe("ab");
  });

  it.each([`${E}[>4;1m`, `${E}[8;24;80t`, `${E}]10;#fff\u0007`, `${E}[5 q`, `${E}[!p`, `${E}[1;2r`, `${E}[s${E}[u`, `${E}_Gf=24,s=1,v=1,a=T;AAAA${E}\\`])("the rest does: %j", (text) => {
    expect(filtered([Buffer.from(text)])).toBe(text);
  });
});

const BEYOND: readonly (readonly [keyof Passing, string])[] = [
  ["clipboard", `${E}]52;c;aGVsbG8=\u0007`],
  ["clipboard", `${E}]052;;aGVsbG8=${E}\\`],
  ["clipboard", `${E}]1337;Copy=:aGVsbG8=\u0007`],
  ["titles", `${E}]0;title\u0007`],
  ["titles", `${E}]2;title${E}\\`],
  ["notifications", `${E}]9;text\u0007`],
  ["notifications", `${E}]777;notify;a;b\u0007`],
  ["notifications", `${E}]99;i=1;text${E}\\`],
];

describe("what reaches beyond the screen", () => {
  it.each(BEYOND)("follows the setting '%s': %j", (setting, text) => {
    expect(filtered([Buffer.from(text)])).toBe(text);
    expect(filtered([Buffer.from(`a${text}b`)], { ...ALL, [setting]: false }).replace(`${E}\\`, "")).toBe("ab");
  });

  it.each([`${E}]1337;File=name=eA==:AAAA\u0007`, `${E}]1337;RequestUpload=format=tgz\u0007`, `${E}]9;7;calc\u0007`, `${E}]9;6;"m"\u0007`, `${E}]777;open;x\u0007`, `${E}]5522;type=write\u0007`, `${E}[5i`])("never: %j", (text) => {
    expect(filtered([Buffer.from(`a${text}b`)])).toBe("ab");
  });
});
