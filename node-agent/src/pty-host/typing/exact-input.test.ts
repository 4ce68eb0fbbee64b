// What is typed into a full-screen program is exactly what was meant: while it starts, while it is busy, from several senders.
import { randomInt } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { counts, waitFor } from "@fleetwire/shared/testing";
import { TestHost } from "../testing/test-host.ts";

const READER = fileURLToPath(new URL("../testing/raw-reader.py", import.meta.url));
const SENDS = counts(40, 1000);
const SENDS_OF_ONE = 10;
const SIDE_BY_SIDE = 4;
const LONG_TEST = counts(60_000, 900_000);

const WORDS = ["plain", "größer", "日本語", "👩‍👩‍👧", "é́", "\u001b[A", "\u001b[31mred", "\u001bOP", "\u001b[201~", "\u001b[200~", "tab\there", "\u0007", "'\"$(x)`", "\u009b201~", "#12:"];
const KEYS: readonly (readonly [string, string])[] = [["Up", "\u001b[A"], ["F5", "\u001b[15~"], ["M-x", "\u001bx"], ["é", "é"], ["C-a", "\u0001"], ["S-Tab", "\u001b[Z"], ["Escape", "\u001b"]];
// Pasted, a paste's own markers are not part of it.
const MARKERS = ["\u001b[201~", "\u001b[200~", "\u009b201~"];

interface Meant {
  readonly text: string;
  readonly keys: string[];
  readonly enter: boolean;
  readonly bytes: Buffer;
}

function meant(tag: number, bracketed: boolean): Meant {
  const lines = Array.from({ length: randomInt(3) === 0 ? randomInt(2, 12) : 1 }, () => Array.from({ length: randomInt(1, randomInt(8) === 0 ? 80 : 8) }, () => WORDS[randomInt(WORDS.length)] ?? "").join(" "));
  const text = `<${tag}>${lines.join("\n")}`;
  const keys = Array.from({ length: randomInt(4) === 0 ? randomInt(1, 4) : 0 }, () => KEYS[randomInt(KEYS.length)] ?? ["Up", "\u001b[A"]);
  const enter = randomInt(4) !== 0;
  const asPaste = bracketed && (lines.length > 1 || text.length > 256);
  const typed = text.replaceAll("\n", "\r");
  const pasted = `\u001b[200~${MARKERS.reduce((rest, marker) => rest.replaceAll(marker, ""), typed)}\u001b[201~`;
  const bytes = Buffer.from((asPaste ? pasted : typed) + keys.map(([, sequence]) => sequence).join("") + (enter ? "\r" : ""));
  return { text, keys: keys.map(([name]) => name), enter, bytes };
}

/** Takes one send after the other off the beginning. @returns how many were there whole; throws where something else is */
function account(got: Buffer, all: readonly Meant[]): number {
  const left = new Set(all);
  for (let rest = got; rest.length > 0; ) {
    const next = [...left].find(({ bytes }) => rest.subarray(0, bytes.length).equals(bytes));
    if (next === undefined) throw new Error(`not what was sent: ${JSON.stringify(rest.toString("utf8").slice(0, 200))}`);
    left.delete(next);
    rest = rest.subarray(next.bytes.length);
  }
  return all.length - left.size;
}

const readsIn = (file: string) => (existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1).map((line) => Buffer.from(line.split(" ")[1] ?? "", "hex")) : []);

describe("what a program reads", () => {
  it(`is what was meant in ${SENDS} of ${SENDS} sends`, { timeout: LONG_TEST }, async () => {
    await using host = await TestHost.start({ spawnHelper: true });
    let exact = 0;
    const one = async (number: number) => {
      const bracketed = randomInt(2) === 1;
      const file = join(host.dir, `reads-${number}`);
      const session = await host.spawn(["python3", READER, file, String(number % 2 === 0 ? randomInt(2000) / 1000 : 0), bracketed ? "1" : "0", String(number % 3 === 0 ? 0.3 : 0)]);
      const all = Array.from({ length: SENDS_OF_ONE }, (_, tag) => meant(tag, bracketed));
      const senders = [0, 1, 2].map(async (sender) => {
        for (const { text, keys, enter } of all.filter((_, tag) => tag % 3 === sender)) {
          const typed = await host.control.call("send", { id: session.id, epoch: session.epoch, text, keys, enter, readyMs: 20_000 });
          expect(["written", "queued"]).toContain(typed.receipt);
          expect(typed.ready).toBeUndefined();
        }
      });
      await Promise.all(senders);
      const length = all.reduce((sum, { bytes }) => sum + bytes.length, 0);
      await waitFor("all that was sent", () => Buffer.concat(readsIn(file)).length >= length, 60_000);
      const reads = readsIn(file);
      exact += account(Buffer.concat(reads), all);
      // A keystroke of its own: whoever gets it with the text takes it for a new line.
      const enters = reads.filter((read) => read.toString() === "\r").length;
      expect(enters).toBeGreaterThanOrEqual(all.filter(({ enter }) => enter).length);
      await host.kill(session);
    };
    for (let number = 0; number * SENDS_OF_ONE < SENDS; number += SIDE_BY_SIDE) {
      await Promise.all(Array.from({ length: Math.min(SIDE_BY_SIDE, SENDS / SENDS_OF_ONE - number) }, (_, at) => one(number + at)));
    }
    expect(exact).toBe(SENDS);
  });
});
