// The record on disk: through kills, full disks, rotation, floods and hands that change it.
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVerifier, isProblem, type AuditProblem, type AuditRecord } from "@fleetwire/shared/audit";
import { createKeyPair } from "@fleetwire/shared/keys";
import { canMount, counts, SmallDisk } from "@fleetwire/shared/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openAudit, readSignedHead, segmentsIn, type Audit } from "./index.ts";
import { openChain } from "./chain-file.ts";
import { entriesOf, rawLines } from "./list.ts";
import { linesFrom } from "./segment-files.ts";
import { summaryOf } from "./summary.ts";

const key = createKeyPair("user");
const who = { carrier: "socket", uid: 1000 } as const;
let directory: string;
let warnings: (string | undefined)[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fwa-"));
  warnings = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function open(more: Partial<Parameters<typeof openAudit>[0]> & { required?: boolean } = {}): Audit {
  return openAudit({
    directory, key, version: "1", settings: () => ({ required: more.required ?? false, commands: "hash", keepBytes: 64 * 1024 * 1024, keepDays: 400 }),
    onWarning: (text) => warnings.push(text), now: Date.now, log: { error() {} }, ...more,
  });
}
const act = async (audit: Audit, verb = "session-kill", input: unknown = { session: { id: 7 } }) => (await audit.act({ who, verb, input }))("ok");
async function check(where = directory): Promise<AuditProblem | undefined> {
  const verifier = createVerifier(key.publicKey);
  for await (const line of linesFrom(where)) {
    const taken = verifier.take(line);
    if (isProblem(taken)) return taken;
  }
  return verifier.end(readSignedHead(join(where, "head.json"), key.publicKey));
}
async function records(): Promise<AuditRecord[]> {
  return (await rawLines(directory, 0, 100_000, 1e9)).lines.map((line) => JSON.parse(line) as AuditRecord);
}

describe("the audit record", () => {
  it("is there before the change runs, in files for their owner alone, and goes on after a restart", async () => {
    {
      await using audit = open();
      const done = await audit.act({ who, verb: "session-launch", operation: "op-1", input: { command: ["/bin/sh", "-c", "x"], name: "a" } });
      expect(await entriesOf(directory, {}, 10)).toMatchObject([{ verb: "agent-start" }, { verb: "session-launch", code: null, op: "op-1", about: { command: "sh", commandArgs: 2, name: "a" } }]);
      done("ok", "box:1");
    }
    await using again = open();
    await act(again);
    expect(await entriesOf(directory, { verb: "session-launch", session: "1" }, 10)).toMatchObject([{ code: "ok", target: "box:1" }]);
    expect(await check()).toBeUndefined();
    for (const name of readdirSync(directory)) expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
  });

  it("says that a crash left half a line, and is whole", async () => {
    await using first = open();
    await act(first);
    await first.chain.flush();
    const path = segmentsIn(directory).at(-1)?.path ?? "";
    appendFileSync(path, '{"v":1,"seq":4,"at":"20');
    await using second = open();
    expect((await records()).at(-1)).toMatchObject({ kind: "start", torn: 23 });
    await act(second);
    expect(await check()).toBeUndefined();
  });

  it("says that its end is missing when a signed record is gone", async () => {
    {
      await using audit = open();
      for (let n = 0; n < 5; n++) await act(audit);
    }
    const path = segmentsIn(directory).at(-1)?.path ?? "";
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    truncateSync(path, Buffer.byteLength(`${lines.slice(0, 6).join("\n")}\n`));
    expect(await check()).toMatchObject({ what: "end-missing", seq: 7 });
    await using _next = open();
    expect(warnings.at(-1)).toContain("ends before record");
    expect((await records()).at(-1)).toMatchObject({ kind: "start", missing: lines.length - 1 });
  });

  it("of a node that lost its key is set aside whole", async () => {
    {
      await using audit = open();
      await act(audit);
    }
    const next = createKeyPair("user");
    {
      await using audit = open({ key: next });
      await act(audit);
    }
    expect(await check(join(directory, key.publicKey))).toBeUndefined();
    expect((await entriesOf(directory, { verb: "session-kill" }, 10)).length).toBe(1);
    expect((await records())[0]).toMatchObject({ kind: "segment", seq: 1, node: next.publicKey });
  });

  it("gives the newest that fit, however far back they are", async () => {
    await using audit = open();
    await act(audit, "hub-token", { name: "early" });
    for (let n = 0; n < 3_000; n++) await act(audit);
    expect(await entriesOf(directory, { verb: "hub-token" }, 5)).toMatchObject([{ about: { name: "early" }, code: "ok" }]);
    const newest = await entriesOf(directory, {}, 7);
    expect(newest.map(({ seq }) => seq)).toEqual(newest.map(({ seq }) => seq).toSorted((a, b) => a - b));
    expect(newest).toHaveLength(7);
    expect(newest.every(({ code }) => code === "ok")).toBe(true);
    expect(newest.at(-1)?.seq).toBeGreaterThanOrEqual(audit.chain.head().seq - 2);
  });

  it("notices hands on the file while it runs, and goes on in a new one", async () => {
    await using audit = open();
    for (let n = 0; n < 5; n++) await act(audit);
    const path = segmentsIn(directory).at(-1)?.path ?? "";
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    writeFileSync(path, `${lines.slice(0, 4).join("\n")}\n`);
    await act(audit);
    expect(warnings.at(-1)).toContain("changed by something else");
    expect(segmentsIn(directory)).toHaveLength(2);
    expect(await check()).toMatchObject({ what: "missing", seq: 5 });
  });

  it("keeps to its bounds and says in the chain what went", async () => {
    let time = Date.now();
    using chain = openChain(directory, key, () => ({ segmentBytes: 2_000, keepBytes: 9_000, keepMs: 1e9 }), () => time++);
    for (let n = 0; n < 200; n++) chain.append({ kind: "act", who, verb: "session-kill", target: String(n) });
    chain.seal();
    expect(segmentsIn(directory).reduce((sum, { path }) => sum + statSync(path).size, 0)).toBeLessThan(13_000);
    expect(segmentsIn(directory)[0]?.first).toBeGreaterThan(100);
    expect(await check()).toBeUndefined();
    rmSync(segmentsIn(directory)[0]?.path ?? "");
    expect(await check()).toMatchObject({ what: "front-missing" });
  });

  it.runIf(canMount())("on a full disk: goes on and counts what is lost, or runs nothing when records are required", async () => {
    using disk = new SmallDisk(join(directory, "disk"), 1024 * 1024);
    const full = join(disk.path, "a");
    const audit = open({ directory: full });
    const strict = open({ directory: join(disk.path, "b"), required: true });
    await act(strict);
    disk.fill();
    for (let n = 0; n < 200; n++) await act(audit);
    expect(warnings.find((text) => text?.includes("not on record"))).toBeDefined();
    await expect((async () => {
      for (let n = 0; n < 200; n++) await act(strict);
    })()).rejects.toMatchObject({ code: "audit-unwritable" });
    disk.free();
    await act(audit);
    await act(strict);
    expect(warnings.at(-1)).toBeUndefined();
    await audit[Symbol.asyncDispose]();
    await strict[Symbol.asyncDispose]();
    expect(await check(full)).toBeUndefined();
    expect(await check(join(disk.path, "b"))).toBeUndefined();
    expect(await entriesOf(full, { verb: "audit-gap" }, 10)).toMatchObject([{ about: { why: "not writable" } }]);
  });

  it("is not pushed out by a flood of refusals", async () => {
    let time = 0;
    await using audit = open({ now: () => time });
    for (let n = 0; n < 10_000; n++) audit.refused({ who: { carrier: "bus", key: "x", proved: false }, verb: "session-launch", input: {} }, "bad-signature");
    time += 10_000;
    audit.refused({ who, verb: "v".repeat(500), input: {} }, "denied");
    const all = await entriesOf(directory, { refused: true }, 1_000);
    expect(all.length).toBeLessThan(300);
    expect((await records()).at(-1)).toMatchObject({ kind: "refused", unrecorded: 9_800 });
    expect(await check()).toBeUndefined();
  });

  it("costs a change little", async () => {
    await using audit = open();
    const rounds = counts(500, 5_000);
    const began = performance.now();
    for (let n = 0; n < rounds; n++) await act(audit, "session-launch", { command: ["claude", "-p", "x".repeat(500)], name: "a" });
    // The figure on a quiet machine is a tenth of it; here it says that nobody waits for the disk.
    expect((performance.now() - began) / rounds).toBeLessThan(2);
  });
});

describe("what is kept of a request", () => {
  const SECRET = "canary-7f3a";
  const input = {
    session: { name: "job" }, command: ["/opt/bin/claude", "-p", SECRET], env: { API_KEY: SECRET }, callerEnv: { A: SECRET }, text: SECRET, data: SECRET, keys: [SECRET], token: SECRET, name: "job",
    labels: { team: SECRET }, set: { zone: SECRET }, nats: { urls: [`nats://u:${SECRET}@h`], creds: SECRET }, cwd: `/home/${SECRET}`, tags: ["team=red"], enter: true, graceMs: 5, restartCommand: [`x`, SECRET], nested: { deep: { er: SECRET } },
  };

  it("has no secret in it, and says enough", () => {
    const about = summaryOf("any", input, "hash");
    expect(JSON.stringify(about)).not.toContain(SECRET);
    expect(about).toMatchObject({ command: "claude", commandArgs: 2, name: "job", textBytes: 11, keysCount: 1, envCount: 1, tags: ["team=red"], enter: true, graceMs: 5 });
    expect(summaryOf("any", input, "name")).not.toHaveProperty("commandHash");
    expect(summaryOf("any", input, "full")["command"]).toEqual(input.command);
    expect(JSON.stringify(summaryOf("any", { ...input, command: undefined, restartCommand: undefined }, "full"))).not.toContain(SECRET);
  });

  it("takes whatever comes", () => {
    for (const odd of [null, undefined, 1, "x", [], [1], { command: 5 }, { command: [1] }, { tags: [1] }, { session: 3 }]) expect(summaryOf("v", odd, "hash")).toBeTypeOf("object");
  });
});
