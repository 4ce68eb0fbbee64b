import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { counts } from "@fleetwire/shared/testing";
import { read, readText } from "./test-terminal.ts";

const E = "\u001b";
const ST = `${E}\\`;

/** printed, answered */
const ANSWERED: readonly (readonly [string, string])[] = [
  [`${E}[c`, `${E}[?62;22c`],
  [`${E}[0c`, `${E}[?62;22c`],
  [`${E}Z`, `${E}[?62;22c`],
  [`${E}[>c`, `${E}[>1;277;0c`],
  [`${E}[=c`, `${E}P!|00000000${ST}`],
  [`${E}[>q`, `${E}P>|fleet 1.2.3${ST}`],
  [`${E}[>0q`, `${E}P>|fleet 1.2.3${ST}`],
  [`${E}[5n`, `${E}[0n`],
  [`${E}[6n`, `${E}[1;4R`],
  [`ab${E}[?6n`, `${E}[?1;7R`],
  [`${E}[?996n`, `${E}[?997;1n`],
  [`${E}]11;#ffffff\u0007${E}]10;#000\u0007${E}[?996n`, `${E}[?997;2n`],
  [`${E}[?2004$p`, `${E}[?2004;2$y`],
  [`${E}[?2004;1h${E}[?2004$p${E}[?1$p`, `${E}[?2004;1$y${E}[?1;1$y`],
  [`${E}[?25$p${E}[?7l${E}[?7$p`, `${E}[?25;1$y${E}[?7;2$y`],
  [`${E}[?1047h${E}[?1049$p${E}[?47$p`, `${E}[?1049;1$y${E}[?47;1$y`],
  [`${E}[?31337$p${E}[4$p${E}[4h${E}[4$p${E}[77$p`, `${E}[?31337;0$y${E}[4;2$y${E}[4;1$y${E}[77;0$y`],
  [`${E}[?2004h${E}c${E}[?2004$p`, `${E}[?2004;2$y`],
  [`${E}[?25l${E}[?2004h${E}[!p${E}[?25$p${E}[?2004$p`, `${E}[?25;1$y${E}[?2004;1$y`],
  [`${E}]10;?\u0007`, `${E}]10;rgb:d8d8/d8d8/d8d8\u0007`],
  [`${E}]11;?${ST}`, `${E}]11;rgb:1818/1818/1818${ST}`],
  [`${E}]10;?;?;?${ST}`, `${E}]10;rgb:d8d8/d8d8/d8d8${ST}${E}]11;rgb:1818/1818/1818${ST}${E}]12;rgb:d8d8/d8d8/d8d8${ST}`],
  [`${E}]4;1;?\u0007`, `${E}]4;1;rgb:cdcd/0000/0000\u0007`],
  [`${E}]4;16;?;231;?;232;?;255;?;208;?\u0007`, [["16", "0000/0000/0000"], ["231", "ffff/ffff/ffff"], ["232", "0808/0808/0808"], ["255", "eeee/eeee/eeee"], ["208", "ffff/8787/0000"]].map(([index, color]) => `${E}]4;${index};rgb:${color}\u0007`).join("")],
  [`${E}]4;300;?\u0007${E}]4;x;?\u0007`, ""],
  [`${E}]4;1;rgb:1/22/3333\u0007${E}]4;1;?\u0007${E}]104\u0007${E}]4;1;?\u0007`, `${E}]4;1;rgb:1111/2222/3333\u0007${E}]4;1;rgb:cdcd/0000/0000\u0007`],
  [`${E}]12;#abc\u0007${E}]12;?\u0007${E}]112\u0007${E}]12;?\u0007`, `${E}]12;rgb:aaaa/bbbb/cccc\u0007${E}]12;rgb:d8d8/d8d8/d8d8\u0007`],
  [`${E}[?u`, `${E}[?0u`],
  [`${E}[>5u${E}[?u${E}[=8;2u${E}[?u${E}[?1049h${E}[?u${E}[?1049l${E}[<u${E}[?u`, `${E}[?5u${E}[?13u${E}[?0u${E}[?0u`],
  [`${E}[?4m${E}[>4;2m${E}[?4m${E}[>4m${E}[?4m`, `${E}[>4;0m${E}[>4;2m${E}[>4;0m`],
  [`${E}P+q544e;436F;524742${ST}`, `${E}P1+r544E=787465726D2D323536636F6C6F72${ST}${E}P1+r436F=323536${ST}${E}P1+r524742=38${ST}`],
  [`${E}P+q4d73${ST}${E}P+qzz${ST}`, `${E}P0+r${ST}${E}P0+r${ST}`],
  [`${E}P$qm${ST}${E}P$qr${ST}${E}P$q q${ST}${E}P$qx${ST}`, `${E}P1$r0;1m${ST}${E}P1$r1;24r${ST}${E}P1$r2 q${ST}${E}P0$r${ST}`],
  [`${E}[14t${E}[16t${E}[18t${E}[19t`, `${E}[4;384;640t${E}[6;16;8t${E}[8;24;80t${E}[9;24;80t`],
  [`${E}[?2048h`, `${E}[48;24;80;384;640t`],
];

/** Nothing may come back of these: S13. */
const SILENT: readonly string[] = [
  `${E}[20t`, `${E}[21t`, `${E}]52;c;?\u0007`, "\u0005", `${E}]2;$(reboot)\n\u0007${E}[21t`, `${E}[6;`, `${E}[3J${E}[31m`, `${E}(c`, `${E}[*y`, `${E}[1;1;1;1;1;1*y`, `${E}]50;?\u0007`,
  `${E}]l;x${ST}`, `${E}P0;1|17/6c730d${ST}`, `${E}[c`.slice(0, 2), `${E}[5\u0018n`, `${E}P$qm`, `${E}]11;?\u0018`, `${E}_Ga=q${ST}`, `${E}^c${ST}`, `${E}X${ST}`, `${E}]1337;ReportVariable=bmFtZQ==\u0007`,
  `${E}[${"1".repeat(500)}c`, `${E}]11;${"?;".repeat(3000)}\u0007`, `${E}[>1c`, `${E}[?999999$p`,
];

/** Everything that may ever come back. */
const FORMS = new RegExp(
  [
    `\\[\\?62;22c`, `\\[>1;277;0c`, `P!\\|00000000\u001b\\\\`, `P>\\|fleet 1\\.2\\.3\u001b\\\\`, `\\[0n`, `\\[\\??\\d+;\\d+R`, `\\[\\?997;[12]n`, `\\[\\??\\d{1,5};[0-2]\\$y`,
    `\\](?:4;\\d{1,3}|1[0-2]);rgb:[0-9a-f]{4}/[0-9a-f]{4}/[0-9a-f]{4}(?:\u0007|\u001b\\\\)`, `\\[\\?\\d{1,2}u`, `\\[>4;[0-3]m`, `P1\\+r[0-9A-F]+=[0-9A-F]+\u001b\\\\`, `P0[+$]r\u001b\\\\`, `P1\\$r[\\d;]+[mr]\u001b\\\\`, `P1\\$r\\d q\u001b\\\\`,
    `\\[[134568];?[\\d;]*t`, `\\[9;[\\d;]*t`, `\\[48;[\\d;]*t`,
  ].map((form) => `\u001b${form}`).join("|"),
  "g",
);

describe("questions", () => {
  it.each(ANSWERED)("%j", async (printed, answer) => {
    expect((await readText(printed)).answers).toBe(answer);
  });

  it.each(SILENT)("nobody answers %j", async (printed) => {
    expect((await readText(printed)).answers).toBe("");
  });

  it("answers in the order of the questions, also when one waits for the picture", async () => {
    const { answers } = await readText(`a${E}[c${E}[6n${E}[5n${E}[6n${E}[>c`);
    expect(answers).toBe(`${E}[?62;22c${E}[1;8R${E}[0n${E}[1;16R${E}[>1;277;0c`);
  });

  it("answers although the picture can't be had", async () => {
    const { answers } = await readText(`a${E}[6n${E}[c`, { look: () => Promise.reject(new Error("no worker")) });
    expect(answers).toBe(`${E}[1;1R${E}[?62;22c`);
  });

  it("keeps little of what a program asks and doesn't read", async () => {
    let bytes = 0;
    const { terminal } = await read([], { write: (answer) => (bytes += answer.length), look: () => new Promise(() => undefined) });
    const chunk = Buffer.from(`${E}]4;1;?\u0007`.repeat(5_000));
    for (let at = 0; at < 200; at++) {
      terminal.read(chunk, 0);
      terminal.answer();
    }
    expect(bytes).toBeLessThan(64 * 1024);
    for (let at = 0; at < 200; at++) {
      terminal.read(Buffer.from(`${E}[6n`.repeat(5_000)), 0);
      terminal.answer();
    }
    expect(bytes).toBeLessThan(64 * 1024);
  });

  it("answers again once the program has read", async () => {
    const unread: (() => void)[] = [];
    let answers = 0;
    const { terminal } = await read([], { write: (_, onWritten) => (answers++, unread.push(onWritten)) });
    const ask = () => {
      terminal.read(Buffer.from(`${E}[c`.repeat(10_000)), 0);
      terminal.answer();
    };
    ask();
    ask();
    expect(answers).toBe(1);
    for (const take of unread) take();
    ask();
    expect(answers).toBe(2);
  });

  it("tells its size again while it is asked to", async () => {
    let said = "";
    const { terminal } = await read([Buffer.from(`${E}[?2048h`)], { write: (bytes) => (said += bytes.toString()), size: () => ({ cols: 10, rows: 5 }) });
    terminal.resized();
    terminal.read(Buffer.from(`${E}[?2048l`), 0);
    terminal.resized();
    expect(said).toBe(`${E}[48;5;10;80;80t`.repeat(2));
  });
});

/** printed, what it says */
const SAID: readonly (readonly [string, readonly object[]])[] = [
  [`${E}]0;a title\u0007`, [{ kind: "title", text: "a title" }]],
  [`${E}]2;tïtle ✓${ST}`, [{ kind: "title", text: "tïtle ✓" }]],
  [`${E}]2;a\u009b31mb\u202ec\u0007`, [{ kind: "title", text: "a31mbc" }]],
  [`${E}]2;${"x".repeat(5000)}\u0007`, [{ kind: "title", text: `${"x".repeat(255)}…` }]],
  ["a\u0007b\u0007", [{ kind: "bell" }]],
  [`${E}]1;icon\u0007${E}[31m${E}]8;;x\u0007`, []],
  [`${E}]9;done: 3 of 4\u0007`, [{ kind: "notification", text: "done: 3 of 4" }]],
  [`${E}]9;42\u0007`, [{ kind: "notification", text: "42" }]],
  [`${E}]777;notify;Agent;needs you;now${ST}`, [{ kind: "notification", text: "Agent: needs you: now" }]],
  [`${E}]99;;hello${ST}${E}]99;i=1:p=body;more${ST}${E}]99;e=1;aGk=${ST}`, [{ kind: "notification", text: "hello" }, { kind: "notification", text: "hi" }]],
  [`${E}]133;A\u0007${E}]133;B\u0007${E}]133;C;cmdline=x\u0007${E}]133;D;3\u0007${E}]133;D\u0007`, [{ kind: "prompt", text: "A" }, { kind: "prompt", text: "B" }, { kind: "prompt", text: "C" }, { kind: "prompt", text: "D", code: 3 }, { kind: "prompt", text: "D" }]],
  [`${E}]7;file://box/home/a%20b\u0007`, [{ kind: "directory", text: "/home/a b" }]],
  [`${E}]9;9;"C:\\x"\u0007`, [{ kind: "directory", text: "C:\\x" }]],
  [`${E}]7;nonsense\u0007${E}]7;file://box/${"x".repeat(300)}\u0007${E}]9;7;calc\u0007`, []],
  [`${E}]9;4;1;50\u0007${E}]9;4;0\u0007${E}]9;4;7;1\u0007`, [{ kind: "progress", text: "normal", code: 50 }, { kind: "progress", text: "none" }]],
  [`${E}P\u0007${ST}${E}[1\u0007m`, [{ kind: "bell" }]],
];

describe("what a program says", () => {
  it.each(SAID)("%j", async (printed, said) => {
    expect((await readText(printed)).signals).toEqual(said.map((one) => ({ ...one, at: 0, offset: expect.any(Number) })));
  });

  it("says where", async () => {
    expect((await readText(`12${E}]2;t\u0007\u0007\u0007`)).signals.map(({ offset }) => offset)).toEqual([8, 9]);
  });

  it("is told on at a bearable rate, and the last title always", async () => {
    const told: string[] = [];
    await readText(Array.from({ length: 1000 }, (_, at) => `${E}]2;${at}\u0007\u0007`).join(""), { onTold: ({ text }) => told.push(text ?? "bell") });
    expect(told.length).toBeLessThan(25);
    expect(told.at(-1)).toBe("999");
  });
});

describe("modes that typing needs", () => {
  it.each([
    [`${E}[?2004h`, true, false],
    [`${E}[?1;2004h`, true, true],
    [`${E}[?2004h${E}[?2004l${E}[?1h`, false, true],
    [`${E}[?2004;1h${E}c`, false, false],
    [`${E}[?12004h${E}[2004h`, false, false],
  ])("%j", async (text, paste, cursor) => {
    const { modes } = (await readText(text)).terminal;
    expect([modes.bracketedPaste, modes.applicationCursor]).toEqual([paste, cursor]);
  });
});

describe("however the stream is cut", () => {
  const whole = [...ANSWERED.map(([printed]) => printed), ...SILENT, ...SAID.map(([printed]) => printed), "text", "\u0018"];
  const piece = fc.oneof(fc.constantFrom(...whole), fc.constantFrom(E, `${E}[`, `${E}]`, `${E}P`, ";", "?", "c", "6n", "\u0007", ST), fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString("latin1")));
  const printed = fc.array(piece, { maxLength: 12 }).map((pieces) => Buffer.from(pieces.join(""), "utf8"));
  const parts = async (pieces: readonly Buffer[]) => {
    const { answers, signals, looks } = await read(pieces);
    // One bell a read.
    return { answers, looks, signals: signals.filter(({ kind }) => kind !== "bell"), rung: signals.some(({ kind }) => kind === "bell") };
  };

  it("answers and says the same", async () => {
    await fc.assert(
      fc.asyncProperty(printed, fc.array(fc.nat(400), { maxLength: 6 }), async (bytes, cuts) => {
        const at = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
        const once = await parts([bytes]);
        expect(await parts(at.slice(1).map((end, index) => bytes.subarray(at[index], end)))).toEqual(once);
        expect(await parts([...bytes].map((byte) => Buffer.of(byte)))).toEqual(once);
      }),
      { numRuns: counts(300, 20_000) },
    );
  });

  it("says nothing that a program chose", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(printed, fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))), async (bytes) => {
        expect((await read([bytes])).answers.replace(FORMS, "")).toBe("");
      }),
      { numRuns: counts(1_000, 50_000) },
    );
  });
});
