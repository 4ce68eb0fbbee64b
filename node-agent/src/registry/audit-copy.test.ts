// The hub's copies, over a real NATS: nothing missed, nothing twice, and a record that is no longer what it was is found out.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { auditChain, fleetAudit, fleetAuditCopy, fleetForget, subjects, type Contract, type OutputOf } from "@fleetwire/shared/bus";
import type { PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair } from "@fleetwire/shared/keys";
import { waitFor } from "@fleetwire/shared/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openAudit, rawLines, segmentsIn, type Audit } from "../audit/index.ts";
import { ask, connectOnce, openFleetLink, type BusDispatcher } from "../fleet/index.ts";
import { fleet, linkDeps, silent, testNode } from "../fleet/test-node.ts";
import { startNats, type TestNats } from "../fleet/testing.ts";
import { runRegistry } from "./index.ts";

let cleanups: (() => unknown)[];
let server: TestNats;
let stateDir: string;
beforeEach(async () => {
  cleanups = [];
  server = await startNats();
  cleanups.push(() => server[Symbol.asyncDispose]());
  stateDir = temporary();
});
afterEach(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
});
function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), "fwc-"));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function registry(): Promise<() => Promise<void>> {
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();
  await new Promise<void>((ready) => {
    running = runRegistry({ stateDir, plain: { urls: [server.url], fleet }, signal: stop.signal, log: silent, onReady: ready });
  });
  const end = async () => {
    stop.abort();
    await running;
  };
  cleanups.push(end);
  return end;
}

/** A node with nothing but a record. */
function recorder(name: string, key = createKeyPair("user")) {
  const directory = temporary();
  const node = testNode(name, key);
  let audit = open();
  function open(): Audit {
    return openAudit({ directory, key, version: "1", settings: () => ({ required: false, commands: "hash", keepBytes: 1e9, keepDays: 400 }), onWarning: () => undefined, now: Date.now, log: silent });
  }
  const dispatch: BusDispatcher = {
    async call(verb, body) {
      if (verb === "node-get") return node.record();
      if (verb === "session-list") return { sessions: [], more: false, rev: node.rev() };
      const { after = 0, limit = 40 } = auditChain.input.parse(body);
      return { ...(await rawLines(directory, after, limit, 20_000)), head: audit.chain.head(), signed: null };
    },
  };
  const link = openFleetLink(linkDeps(node, { urls: [server.url], open: true }, { dispatch, audited: () => audit.chain.head().seq }));
  cleanups.push(() => link[Symbol.asyncDispose](), () => audit[Symbol.asyncDispose]());
  return {
    directory,
    link,
    seq: () => audit.chain.head().seq,
    async act(times: number): Promise<void> {
      for (let n = 0; n < times; n++) (await audit.act({ who: { carrier: "socket" }, verb: "session-kill", input: { session: { id: n + 1 } } }))("ok");
      // A beat follows.
      node.emit({ kind: "node-changed", record: node.record() });
    },
    /** Stops writing, lets the files be changed, and starts as an agent would. */
    async changed(work: (newest: string) => void): Promise<void> {
      await audit[Symbol.asyncDispose]();
      work(segmentsIn(directory).at(-1)?.path ?? "");
      audit = open();
      node.emit({ kind: "node-changed", record: node.record() });
    },
  };
}

async function caller() {
  const key = createKeyPair("user");
  const connection = await connectOnce({ urls: [server.url], name: "test", login: { kind: "none" }, inboxOf: key.publicKey as PublicKey });
  cleanups.push(() => connection.close());
  const view = async <C extends Contract>(contract: C, body: unknown): Promise<OutputOf<C>> =>
    contract.output.parse(await ask(connection, { subject: subjects.query(fleet, contract.verb, key.publicKey as PublicKey), target: "registry", verb: contract.verb, body, key, signers: "any", timeoutMs: 5_000 })) as OutputOf<C>;
  const alarms: string[] = [];
  connection.subscribe(subjects.events(fleet), { callback: (_error, message) => message.subject.endsWith("audit-alarm") && alarms.push((JSON.parse(message.json<{ p: string }>().p) as { alarm: { code: string } }).alarm.code) });
  return {
    view,
    alarms,
    copied: async (name: string) => (await view(fleetAudit, { limit: 0 })).sources.find((source) => source.name === name),
    async lines(name: string): Promise<string[]> {
      const lines: string[] = [];
      for (let more = true; more; ) {
        const page = await view(fleetAuditCopy, { source: name, after: lines.length, limit: 70 });
        lines.push(...page.lines);
        ({ more } = page);
      }
      return lines;
    },
  };
}
type Caller = Awaited<ReturnType<typeof caller>>;
type Recorder = ReturnType<typeof recorder>;
const caughtUp = (asker: Caller, name: string, node: Recorder) => waitFor(`the copy of ${name}`, async () => (await asker.copied(name))?.head?.seq === node.seq(), 20_000);
const own = async ({ directory }: Recorder) => (await rawLines(directory, 0, 1e6, 1e9)).lines;

describe("the hub's copy", () => {
  it("is every node's record, line for line, also of what was done while NATS or the registry was away", async () => {
    const stop = await registry();
    const [one, two] = [recorder("one"), recorder("two")];
    await Promise.all([one.link.ready(10_000), two.link.ready(10_000)]);
    const asker = await caller();
    await one.act(30);
    await two.act(3);
    await caughtUp(asker, "one", one);
    await caughtUp(asker, "two", two);
    await stop();
    await one.act(120);
    await server.restart();
    await two.act(10);
    await registry();
    await Promise.all([one.link.ready(20_000), two.link.ready(20_000)]);
    const again = await caller();
    await one.act(1);
    await caughtUp(again, "one", one);
    await two.act(1);
    await caughtUp(again, "two", two);
    expect(await again.lines("one")).toEqual(await own(one));
    expect(await again.lines("two")).toEqual(await own(two));
    const { entries } = await again.view(fleetAudit, { sources: ["one"], limit: 5 });
    expect(entries.map(({ source, verb, code }) => `${source} ${verb} ${code}`)).toEqual(Array.from({ length: 5 }, () => "one session-kill ok"));
    expect(again.alarms).toEqual([]);
  });

  it("finds a record out that was cut, rewritten or rolled back, says it in the list and as an event, and copies on", async () => {
    await registry();
    const node = recorder("box");
    await node.link.ready(10_000);
    const asker = await caller();
    await node.act(20);
    await caughtUp(asker, "box", node);
    const before = await asker.lines("box");
    const old = join(temporary(), "old");
    await node.changed((path) => copyFileSync(path, old));
    await node.act(20);
    await caughtUp(asker, "box", node);

    // An older file is put back: shorter first, then a fork.
    await node.changed((path) => copyFileSync(old, path));
    await waitFor("the first alarm", async () => ((await asker.copied("box"))?.alarms.length ?? 0) > 0);
    await node.act(60);
    await waitFor("the fork", () => Promise.resolve(asker.alarms.includes("audit-forked") || asker.alarms.filter((code) => code === "audit-cut").length > 1));
    expect(asker.alarms[0]).toMatch(/^audit-(cut|forked)$/);
    await caughtUp(asker, "box", node);
    expect(await asker.lines("box")).toEqual(await own(node));

    // The whole record is gone: another one stands in its place.
    await node.changed((path) => rmSync(path));
    await node.act(1);
    await caughtUp(asker, "box", node);
    expect((await asker.copied("box"))?.alarms.at(-1)).toMatchObject({ code: "audit-cut", detail: "another record stands in its place" });
    // What was copied first is still there.
    const kept = segmentsIn(join(stateDir, "audit", (await asker.copied("box"))?.key ?? "", "1")).map(({ path }) => readFileSync(path, "utf8")).join("");
    expect(kept.startsWith(before.join("\n"))).toBe(true);

    await asker.view(fleetForget, { name: "box", force: true });
    expect((await asker.copied((await asker.view(fleetAudit, { limit: 0 })).sources.find(({ name }) => name.startsWith("U") || name === "box")?.name ?? ""))?.alarms).toEqual([]);
  });

  it("finds a line out that was changed before it was copied", async () => {
    const node = recorder("box");
    await node.link.ready(10_000);
    await node.act(10);
    await node.changed((path) => writeFileSync(path, readFileSync(path, "utf8").replace('"target":"3"', '"target":"4"')));
    await registry();
    const asker = await caller();
    await node.act(1);
    await waitFor("the alarm", async () => (await asker.copied("box"))?.alarms.some(({ code }) => code === "audit-changed") === true);
  });
});
