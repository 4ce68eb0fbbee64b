import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventRecord, type EventQuery } from "@fleetwire/shared/bus";
import { waitFor } from "@fleetwire/shared/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore, type Store } from "../store/index.ts";
import { createHistory, type History } from "./history.ts";

let directory: string;
let store: Store;
let history: History;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fwl-"));
  store = openStore(directory);
  history = createHistory(store.events);
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(directory, { recursive: true, force: true });
});

const key = `U${"A".repeat(55)}`;
function add(id: number, more: object = {}, at = Date.now()) {
  return history.add(EventRecord.parse({ kind: "session-removed", node: "box", key, at: new Date(at).toISOString(), removed: id, about: { id, name: null, tags: id % 2 === 0 ? ["even"] : [] }, ...more }), at);
}
const ids = async (query: EventQuery) => (await history.page(query)).events.map(({ event }) => event.removed);

describe("a node's history", () => {
  it("answers page by page, each event once, filtered and from a time on", async () => {
    const began = Date.now();
    for (let id = 1; id <= 1_000; id++) add(id, {}, began + id);
    const heard: (number | undefined)[] = [];
    for (let after: EventQuery["after"]; ; ) {
      const page = await history.page({ after, limit: 77, filter: { tags: ["even"] as never } });
      heard.push(...page.events.map(({ event }) => event.removed));
      after = page.next;
      if (!page.more) break;
    }
    expect(heard).toEqual(Array.from({ length: 500 }, (_, n) => 2 * n + 2));
    expect(await ids({ tail: 3 })).toEqual([998, 999, 1_000]);
    expect(await ids({ tail: 0 })).toEqual([]);
    expect(await ids({ since: began + 998 })).toEqual([998, 999, 1_000]);
    expect(await ids({ filter: { sessions: [{ id: 5 as never }] } })).toEqual([5]);
    expect(await ids({ filter: { kinds: ["session-ended"] } })).toEqual([]);
  });

  it("waits for what matches, and no longer than asked", async () => {
    add(1);
    const { next } = await history.page({ tail: 0 });
    const waiting = history.page({ after: next, waitMs: 20_000, filter: { tags: ["even"] as never } });
    add(3);
    add(4);
    const page = await waiting;
    expect(page.events.map(({ event }) => event.removed)).toEqual([4]);
    expect(page.next.seq).toBe(3);
    expect((await history.page({ after: page.next, waitMs: 50 })).events).toEqual([]);
    let answered = false;
    void history.page({ after: page.next, waitMs: 20_000 }).then(() => (answered = true));
    history.close();
    await waitFor("whoever waits is let go", () => answered);
  });

  it("doesn't keep titles, prompts and progress; bells and notifications it does", async () => {
    const signal = (kind: string) => ({ kind: "terminal-signal", removed: undefined, signal: { session: 1, kind, offset: 0, at: 0 } });
    expect(add(1, signal("title")).history).toBeUndefined();
    expect(add(1, signal("bell")).history).toMatchObject({ seq: 1 });
    add(1, signal("progress"));
    expect(add(1, signal("notification")).history).toMatchObject({ seq: 2 });
  });

  it("keeps an event that is too long without its record, and every page fits a message", async () => {
    for (let id = 1; id <= 50; id++) add(id, { reason: "r".repeat(20_000) });
    add(51, { record: undefined, session: longSession(51) });
    let count = 0;
    for (let after: EventQuery["after"]; ; ) {
      const page = await history.page({ after });
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(150_000);
      count += page.events.length;
      after = page.next;
      if (!page.more) break;
    }
    expect(count).toBe(51);
    expect((await history.page({ tail: 1 })).events[0]?.event).toMatchObject({ about: { id: 51 } });
  });
});

function longSession(id: number) {
  const at = new Date(0).toISOString();
  return {
    target: `box:${id}`, node: "box", id, name: null, tags: [], command: ["x".repeat(100_000)], cwd: "/", workspace: null, runtime: "host", state: "running", exit: null, activity: { state: "unknown", at },
    pid: 1, size: { cols: 80, rows: 24 }, attached: 0, createdAt: at, startedAt: at, endedAt: null, lastOutputAt: null, outputBytes: 0,
  };
}
