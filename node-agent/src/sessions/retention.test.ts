// What is kept of ended sessions, against a real agent: bounds, what is in use, ids, and what is said about it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { waitFor } from "@fleetwire/shared/testing";
import { SessionId } from "@fleetwire/shared/ids";
import { createAttachKey, openTicket } from "@fleetwire/shared/wire";
import { openStore } from "../store/index.ts";
import { TestClient } from "../pty-host/testing/test-client.ts";
import { bundleAgent, TestAgent } from "../test-agent.ts";

const DAY = 86_400_000;
let bundle: Awaited<ReturnType<typeof bundleAgent>>;
let a: TestAgent;
beforeAll(async () => {
  bundle = await bundleAgent();
});
afterAll(() => bundle[Symbol.dispose]());
beforeEach(() => {
  a = new TestAgent(bundle.program);
});
afterEach(() => a[Symbol.asyncDispose]());

const sh = (script: string) => ({ command: ["sh", "-c", script], cwd: "/" });
const ended = (id: number) => waitFor(`session ${id} has ended`, async () => (await a.ask("session-get", { session: { id } })).session.endedAt !== null);
const directory = (id: number) => join(a.home, "state/sessions", String(id));
const ids = async () => (await a.ask("session-list")).sessions.map(({ id }) => id);
const printed = async (bytes: number) => {
  const { id } = await a.ask("session-launch", sh(`head -c ${bytes} /dev/zero | tr '\\0' x`));
  await ended(id);
  await waitFor("it is on disk", async () => (await a.ask("node-storage")).ended.bytes >= bytes);
  return id;
};
function configure(text: string): void {
  mkdirSync(join(a.home, "config"), { recursive: true, mode: 0o700 });
  writeFileSync(join(a.home, "config/config.toml"), text, { mode: 0o600 });
}
/** As if they had ended so long ago, while no agent runs. */
function age(days: Readonly<Record<number, number>>): void {
  using store = openStore(join(a.home, "state"));
  for (const [id, ago] of Object.entries(days)) store.sessions.update(SessionId.parse(Number(id)), { ended_at: Date.now() - ago * DAY });
}

it("at its start a node removes what is too old, with its log, says so, and gives no id again", async () => {
  configure("[sessions]\nkeep_days = 7\n");
  await a.start();
  const [old, young, newest] = [await printed(10), await printed(10), await printed(10)];
  const running = await a.ask("session-launch", sh("sleep 100"));
  await a.end("SIGTERM");
  age({ [old]: 8, [young]: 6, [newest]: 9 });
  await a.start();
  await waitFor("the old ones are gone", async () => (await ids()).join() === [young, running.id].join());
  expect([old, young, newest].map((id) => existsSync(directory(id)))).toEqual([false, true, false]);
  expect((await a.raw("session-get", { session: { id: old } })).body.error?.code).toBe("unknown-session");
  expect(readFileSync(join(a.home, "state/logs/agent.log"), "utf8")).toMatch(new RegExp(`"session":${old},.*"reason":"retention","msg":"session removed"`));
  expect((await a.ask("session-launch", sh("true"))).id).toBe(running.id + 1);
});

it("the oldest go first when logs take too much; what waits for its restart or ended a moment ago stays", async () => {
  configure("[sessions]\nkeep_bytes = 250000\nkeep_days = 0\n");
  await a.start();
  const all = [await printed(100_000), await printed(100_000), await printed(100_000), await printed(100_000)];
  const waits = await a.ask("session-launch", { ...sh("exit 1"), restart: "always" });
  await ended(waits.id);
  await a.end("SIGTERM");
  age({ [all[0] ?? 0]: 1, [all[1] ?? 0]: 400, [all[2] ?? 0]: 2 });
  {
    using store = openStore(join(a.home, "state"));
    store.sessions.update(waits.id, { restart_at: Date.now() + DAY, ended_at: Date.now() - 500 * DAY });
  }
  await a.start();
  // Newest first: 4 (fresh), 1, then 3 and 2 are beyond the bound.
  await waitFor("two are gone", async () => (await ids()).join() === [all[0], all[3], waits.id].join());
});

it("by hand: what would go is shown first, and what it all takes is known", async () => {
  await a.start();
  const [first, second] = [await printed(50_000), await printed(50_000)];
  const running = await a.ask("session-launch", sh("sleep 100"));
  const before = await a.ask("node-storage");
  expect(before).toMatchObject({ running: { sessions: 1 }, ended: { sessions: 2 }, limits: { keepDays: 30, keepBytes: 4 * 2 ** 30, keepCount: 10_000, logBytes: 64 * 2 ** 20 } });
  expect(before.ended.bytes).toBeGreaterThan(100_000);
  expect(before.freeBytes).toBeGreaterThan(0);
  expect(await a.ask("session-prune", { olderThanMs: DAY })).toEqual({ removed: [], failed: [] });
  const planned = await a.ask("session-prune", { keepBytes: 60_000, dryRun: true });
  expect(planned.removed).toMatchObject([{ target: `test:${first}`, bytes: expect.any(Number) as number }]);
  expect(await ids()).toEqual([first, second, running.id]);
  expect((await a.ask("session-prune", { keepCount: 1 })).removed).toHaveLength(1);
  expect((await a.ask("session-prune", {})).removed).toMatchObject([{ target: `test:${second}` }]);
  expect(await ids()).toEqual([running.id]);
  expect((await a.ask("node-storage")).ended).toEqual({ sessions: 0, bytes: 0 });
});

it("a session whose log somebody reads stays until they are done", async () => {
  await a.start();
  const id = await printed(20_000_000);
  const clientKey = createAttachKey();
  const { ticket, addresses } = await a.ask("session-view", { session: { id }, clientKey: clientKey.publicKey });
  const { hostKey } = openTicket(ticket, (await a.ask("node-get")).key);
  const path = addresses[0]?.kind === "unix" ? addresses[0].path : "";
  const reader = new TestClient({ path }, `Fleet-Ticket ${ticket}`, { clientKey, hostKey, want: { kind: "log", start: { beginning: true }, follow: false } });
  await reader.welcomed;
  reader.socket.pause();
  expect(await a.ask("session-prune", {})).toEqual({ removed: [], failed: [] });
  reader.socket.resume();
  await reader.until("end");
  expect(reader.bytes.length).toBe(20_000_000);
  await waitFor("it can go", async () => (await a.ask("session-prune", {})).removed.length === 1);
});
