// Whatever is done to a chain is found, and where.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeyPair } from "../keys/index.ts";
import { counts } from "../testing/index.ts";
import { chainLine, createEntries, createVerifier, isProblem, readLine, signHead, type AuditDraft, type AuditHead, type AuditProblem } from "./index.ts";
import { PublicKey } from "../ids/index.ts";

const key = createKeyPair("user");
const node = PublicKey.parse(key.publicKey);
const who = { carrier: "bus", key: node, name: "ann", role: "operator" } as const;

/** Files as a node writes them: every tenth record begins one, every seventh is a seal. */
function chain(count: number, id = "c1"): { lines: string[]; head: AuditHead } {
  let head: AuditHead = { chain: id, seq: 0, hash: "" };
  const lines: string[] = [];
  const add = (draft: AuditDraft) => {
    const { line, seq, hash } = chainLine(draft, head, new Date(1e12 + lines.length).toISOString());
    head = { ...head, seq, hash };
    lines.push(line);
  };
  for (let n = 0; n < count; n++) {
    if (n % 10 === 0) add({ kind: "segment", chain: id, node });
    else if (n % 7 === 0) add({ kind: "seal", sig: signHead(head, key) });
    else add({ kind: "act", who, verb: "session-kill", target: String(n) });
  }
  return { lines, head };
}

function verify(lines: readonly string[], known?: AuditHead, from?: AuditHead): AuditProblem | undefined {
  const verifier = createVerifier(node, from);
  for (const line of lines) {
    const taken = verifier.take(line);
    if (isProblem(taken)) return taken;
  }
  return verifier.end(known);
}

const SIZE = 40;
const whole = chain(SIZE);
const at = fc.integer({ min: 0, max: SIZE - 1 });

describe("a chain", () => {
  it("is whole as it was written, and goes on where a copy stopped", () => {
    expect(verify(whole.lines, whole.head)).toBeUndefined();
    const half = createVerifier(node);
    for (const line of whole.lines.slice(0, 25)) half.take(line);
    expect(verify(whole.lines.slice(25), whole.head, half.head())).toBeUndefined();
  });

  it("shows every changed byte at its record", () => {
    fc.assert(
      fc.property(at, fc.nat(), fc.integer({ min: 33, max: 126 }), (n, where, byte) => {
        const line = whole.lines[n] as string;
        const place = where % line.length;
        const changed = line.slice(0, place) + String.fromCharCode(byte) + line.slice(place + 1);
        fc.pre(changed !== line);
        const problem = verify(whole.lines.with(n, changed), whole.head);
        expect(problem).toMatchObject({ what: "changed" });
        if (n > 0) expect(problem?.seq).toBe(n + 1);
      }),
      { numRuns: counts(300, 5_000) },
    );
  }, 120_000);

  it("shows what was removed, added, moved or cut off, at its record", () => {
    fc.assert(
      fc.property(at, at, (n, m) => {
        const { lines, head } = whole;
        // A cut at the end is seen by whoever knows a later head; one at the front unless a record says so.
        const removed = verify(lines.toSpliced(n, 1), head);
        const moved = n === m ? undefined : verify(lines.with(n, lines[m] as string).with(m, lines[n] as string), head);
        const added = verify(lines.toSpliced(m, 0, lines[n] as string), head);
        // Where the front itself is wrong, the first record that is there is named.
        expect(removed?.seq).toBe(n === 0 ? 2 : n + 1);
        expect(added?.seq).toBeLessThanOrEqual(m === 0 ? n + 2 : m + 2);
        if (n !== m && n > 0 && m > 0) expect(moved?.seq).toBe(Math.min(n, m) + 1);
        if (n !== m) expect(moved).toBeDefined();
        if (n > 0) expect(verify(lines.slice(0, n), head)).toMatchObject({ what: "end-missing", seq: n + 1 });
      }),
      { numRuns: counts(300, 5_000) },
    );
  }, 120_000);

  it("can't be written again by anybody else, nor mixed with another of the same node", () => {
    const forged = chain(SIZE, "c2");
    expect(verify([...whole.lines.slice(0, 20), ...forged.lines.slice(20)])).toMatchObject({ seq: 21, what: "forked" });
    const other = createKeyPair("user");
    const before = createVerifier(node);
    for (const line of whole.lines.slice(0, 20)) before.take(line);
    const seal = chainLine({ kind: "seal", sig: signHead(before.head(), other) }, before.head(), new Date().toISOString()).line;
    expect(before.take(seal)).toMatchObject({ seq: 21, what: "bad-signature" });
  });

  it("accounts for old records that were removed, and for no others", () => {
    const { head } = whole;
    const dropped = readLine(whole.lines[9] as string);
    const draft: AuditDraft = { kind: "segment", chain: "c1", node, dropped: { seq: 10, hash: dropped?.hash ?? "" } };
    const last = chainLine(draft, head, new Date().toISOString()).line;
    expect(verify([...whole.lines.slice(10), last])).toBeUndefined();
    expect(verify([...whole.lines.slice(20), last])).toMatchObject({ what: "front-missing", seq: 20 });
    expect(verify(whole.lines.slice(10))).toMatchObject({ what: "front-missing", seq: 10 });
  });
});

it("puts an act and its end together, whichever file is read first", () => {
  const head = { chain: "c1", seq: 4, hash: "" };
  const read = (draft: AuditDraft, seq: number) => ({ record: readLine(chainLine(draft, { ...head, seq: seq - 1 }, new Date().toISOString()).line)?.record, hash: "" }) as never;
  const ends = new Map();
  const newer = createEntries({ session: "box:7" }, 10, ends);
  newer.take(read({ kind: "end", of: 5, code: "ok", ms: 12, target: "box:7" }, 6));
  const older = createEntries({ session: "box:7" }, 10, ends);
  older.take(read({ kind: "act", who, verb: "session-launch" }, 5));
  older.take(read({ kind: "act", who, verb: "session-kill", target: "8" }, 4));
  older.take(read({ kind: "end", of: 4, code: "ok", ms: 1 }, 7));
  expect([...older.entries(), ...newer.entries()]).toMatchObject([{ seq: 5, verb: "session-launch", code: "ok", ms: 12, target: "box:7", who: { name: "ann" } }]);
});
