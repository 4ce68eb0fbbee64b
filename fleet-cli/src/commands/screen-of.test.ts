// A host may be anybody's: whatever it says a screen holds, nothing of it acts on the terminal of whoever looks.
import { describe, expect, it } from "vitest";
import { FleetError } from "@fleetwire/shared/errors";
import type { FleetClient, StreamRequest } from "../client/index.ts";
import { screenCells, screenRecord, screenText } from "./screen-of.ts";

const ADDRESS = { place: { kind: "local" } } as const;
const EVIL = "a\u001b[2J\u001b]52;c;AAAA\u0007\u009b6n\u202eb\u0007\r\nsecond\u001b[31mred\u001b[m";
const header = { cols: 20, rows: 2, offset: 7, title: "t\u001b]0;x\u0007\u202e", cursor: { x: 1, y: 0 } };

/** Answers with a text for each format, or refuses what it doesn't know. */
function host(texts: Readonly<Record<string, string>>): FleetClient {
  async function* events(format: string) {
    const text = texts[format];
    if (text === undefined) throw new FleetError("bad-input", "want: not a format");
    yield { kind: "snapshot", header, bytes: Buffer.from(text) };
  }
  const openStream = (_address: unknown, { want }: StreamRequest) =>
    Promise.resolve({ session: { target: "n:1", state: "running", activity: { state: "idle", at: "" } }, [Symbol.asyncIterator]: () => events((want as { format: string }).format), [Symbol.asyncDispose]: () => Promise.resolve() });
  return { openStream } as unknown as FleetClient;
}

const picture = (more: object = {}) => JSON.stringify({ size: { cols: 20, rows: 2 }, cursor: { row: 0, col: 1, visible: true, shape: "bar", blinking: false }, modes: { alternateScreen: false, bracketedPaste: true, applicationCursor: false, applicationKeypad: false, mouse: "none", focusEvents: false }, title: EVIL, above: 0, lines: [EVIL], ...more });

describe("a screen from a host that means no good", () => {
  it("is text", async () => expect(await screenText(host({ text: EVIL }), ADDRESS, "text", {})).toBe("a[2J]52;c;AAAA6nb\nsecond[31mred[m"));
  it("has colours and nothing else with --ansi", async () => expect(await screenText(host({ ansi: EVIL }), ADDRESS, "ansi", {})).toBe("ab\nsecond\u001b[31mred\u001b[m"));
  it("has no control characters in its data", async () => {
    const rows = [{ runs: [{ text: EVIL, width: 20, link: "https://a.example/\u001b[2J" }] }];
    for (const shown of [await screenRecord(host({ facts: picture() }), ADDRESS, { cells: false }), await screenCells(host({ cells: picture({ rows }) }), ADDRESS, {})]) {
      expect(JSON.stringify(shown).replaceAll("\\n", "")).not.toMatch(/\\u00|\\[rtb]|\u202e|\p{Cc}/u);
    }
  });
  it("is refused when it is no picture", async () => {
    await expect(screenCells(host({ cells: picture({ rows: [{ runs: [{ text: "x", width: 0 }] }] }) }), ADDRESS, {})).rejects.toMatchObject({ code: "version-skew" });
    await expect(screenRecord(host({ facts: "{" }), ADDRESS, { cells: false })).rejects.toMatchObject({ code: expect.any(String) as string });
  });
});

describe("a screen from a host of an older release", () => {
  it("is what that can say", async () => {
    expect(await screenRecord(host({ text: "line\n" }), ADDRESS, { cells: false })).toMatchObject({ target: "n:1", cols: 20, rows: 2, offset: 7, text: "line\n", cursor: { x: 1, y: 0 } });
  });
  it("and without cells, which is said", async () => {
    await expect(screenRecord(host({ text: "line\n" }), ADDRESS, { cells: true })).rejects.toMatchObject({ code: "version-skew" });
  });
});
