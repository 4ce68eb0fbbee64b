// What of a dispatcher's work is on record: by whom, how often, and with which outcome.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PublicKey, SessionId } from "@fleetwire/shared/ids";
import { createKeyPair } from "@fleetwire/shared/keys";
import { entriesOf, openAudit, type Audit } from "../audit/index.ts";
import { openLog } from "../log/index.ts";
import { openStore, type Store } from "../store/index.ts";
import { createRecorder } from "./audited.ts";
import type { Caller } from "./caller.ts";
import { createDispatcher, type Dispatcher } from "./dispatch.ts";
import { HANDLERS } from "./handlers/index.ts";
import { createOperations } from "./operations.ts";

const key = PublicKey.parse(createKeyPair("user").publicKey);
const NOTHING = {
  session: { target: "n:3", node: "n", id: 3, name: null, tags: [], command: ["x"], cwd: "/", workspace: null, runtime: "host", state: "running", exit: null, activity: { state: "unknown", at: "2026-01-01T00:00:00Z" }, pid: 1, size: { cols: 80, rows: 24 }, attached: 0, createdAt: "2026-01-01T00:00:00Z", startedAt: null, endedAt: null, lastOutputAt: null, outputBytes: 0 },
  from: 0, next: 0, text: "", gap: null, log: { start: 0, end: 0 }, ended: false,
};
const carl: Caller = { kind: "bus", key, name: "carl", role: "viewer" };
const ann: Caller = { kind: "bus", key, name: "ann", role: "operator" };
let directory: string;
let audit: Audit;
let store: Store;
let logFile: ReturnType<typeof openLog>;
let dispatcher: Dispatcher;
let kills: number;
let time: number;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fwb-"));
  time = Date.now();
  kills = 0;
  logFile = openLog(join(directory, "log"), "silent");
  store = openStore(directory);
  audit = openAudit({ directory: join(directory, "audit"), key: createKeyPair("user"), version: "1", settings: () => ({ required: false, commands: "hash", keepBytes: 1e9, keepDays: 1 }), onWarning: () => undefined, now: () => time, log: logFile.log });
  const sessions = {
    kill: () => (kills++, Promise.resolve({ killed: [], alreadyEnded: [], failed: [] })),
    attach: () => Promise.reject(Object.assign(new Error("a bug"))),
    list: () => Promise.resolve({ sessions: [], more: false, rev: 1 }),
    output: () => Promise.resolve(NOTHING),
    search: () => Promise.resolve({ matches: [], next: null, searched: { sessions: 0, bytes: 0 } }),
  };
  dispatcher = createDispatcher({ handlers: HANDLERS, services: { sessions } as never, operations: createOperations(store.operations, () => time), recorder: createRecorder(audit, () => time), isOpen: () => false, log: logFile.log });
});
afterEach(async () => {
  await audit[Symbol.asyncDispose]();
  store[Symbol.dispose]();
  logFile[Symbol.dispose]();
  rmSync(directory, { recursive: true, force: true });
});
const onRecord = async () => (await entriesOf(audit.directory, {}, 100)).filter(({ kind }) => kind !== "start");
const kill = { sessions: [{ id: 3 }], graceMs: 100 };

describe("on record", () => {
  it("is a viewer's launch that was refused, with the name in the credential, and nothing of the command", async () => {
    await expect(dispatcher.call("session-launch", { command: ["claude", "canary"] }, carl, "op-0123456789abcdef")).rejects.toMatchObject({ code: "denied" });
    expect(await onRecord()).toMatchObject([{ kind: "refused", code: "denied", verb: "session-launch", op: "op-0123456789abcdef", who: { carrier: "bus", key, name: "carl", role: "viewer" }, about: { command: "claude", commandArgs: 1 } }]);
    expect(JSON.stringify(await onRecord())).not.toContain("canary");
  });

  it("is a change once, however often it is delivered", async () => {
    for (let n = 0; n < 3; n++) await dispatcher.call("session-kill", kill, ann, "op-0123456789abcdef");
    await expect(dispatcher.call("session-kill", { ...kill, graceMs: 5 }, ann, "op-0123456789abcdef")).rejects.toMatchObject({ code: "replayed" });
    expect(kills).toBe(1);
    expect(await onRecord()).toMatchObject([{ verb: "session-kill", target: "3", code: "ok", who: { name: "ann", role: "operator" } }, { kind: "refused", code: "replayed" }]);
  });

  it("is a ticket that was asked for, also when that failed, and no question that changes nothing", async () => {
    await dispatcher.call("session-list", {}, ann);
    await expect(dispatcher.call("session-view", { session: { id: 3 }, clientKey: key }, carl)).rejects.toMatchObject({ code: "internal" });
    expect(await onRecord()).toMatchObject([{ verb: "session-view", code: "internal", target: "3", who: { name: "carl" } }]);
  });

  it("is a look at a session, once in a while for each of them", async () => {
    for (let n = 0; n < 3; n++) for (const id of [3, 4]) await dispatcher.call("session-output", { session: { id }, start: { offset: n } }, carl);
    await dispatcher.call("session-search", { pattern: { text: "canary", kind: "fixed" } }, ann);
    time += 11 * 60_000;
    await dispatcher.call("session-output", { session: { id: 3 } }, carl);
    expect(await onRecord()).toMatchObject([{ verb: "session-output", target: "3", who: { name: "carl" } }, { verb: "session-output", target: "4" }, { verb: "session-search", who: { name: "ann" } }, { verb: "session-output", target: "3" }]);
    expect(JSON.stringify(await onRecord())).not.toContain("canary");
  });

  it("is a token that looks, once in a while, and a session that acts", async () => {
    const token: Caller = { kind: "direct", name: "laptop", role: "viewer" };
    for (let n = 0; n < 5; n++) await dispatcher.call("session-list", {}, token);
    time += 11 * 60_000;
    await dispatcher.call("session-list", {}, token);
    await dispatcher.call("session-kill", kill, { kind: "session", session: SessionId.parse(9) });
    expect(await onRecord()).toMatchObject([{ verb: "session-list", who: { token: "laptop" } }, { verb: "session-list" }, { verb: "session-kill", who: { carrier: "session", session: 9 } }]);
  });
});
