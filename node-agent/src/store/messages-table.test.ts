import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sessionMailbox } from "./mailbox-name.ts";
import type { NewMessage } from "./messages-table.ts";
import type { NewOutgoing } from "./outbox-table.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import { openDatabase } from "./open-database.ts";
import { openStore } from "./store.ts";

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "fwm-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const message = (id: string, more: Partial<NewMessage> = {}): NewMessage => ({ id, kind: "message", mailbox: "people", from_key: null, from_node: null, from_box: "session:1", from_name: null, from_role: null, subject: null, text: "a\0b", reply_to: null, wants_reply: false, sent_at: 1, received_at: 2, bytes: 10, ...more });
const outgoing = (id: string, more: Partial<NewOutgoing> = {}): NewOutgoing => ({ id, node: "beta", key: null, pool: null, recipient: "3", from_box: "people", from_name: null, subject: null, text: "x", reply_to: null, wants_reply: true, created_at: 1, expires_at: 100, bytes: 5, ...more });

it("a mailbox goes with its session; what was in it is known for ever after", () => {
  using store = openStore(directory);
  store.messages.insert(message("a", { mailbox: sessionMailbox(7) }));
  store.messages.insert(message("b"));
  expect([store.unread(sessionMailbox(7)), store.unread("people"), store.unread("session:8")]).toEqual([1, 1, 0]);
  expect(store.messages.get("a")).toMatchObject({ text: "a\0b", wants_reply: false, read_at: null });
  store.messages.removeMailbox(sessionMailbox(7));
  expect(store.messages.get("a")).toBeUndefined();
  expect(store.messages.known("a")).toMatchObject({ mailbox: sessionMailbox(7), read_at: null });
  expect([store.unread(sessionMailbox(7)), store.unread("people")]).toEqual([0, 1]);
  expect(() => store.messages.insert(message("a"))).toThrow();
});

it("room is made of the oldest one that was read, and of no other", () => {
  using store = openStore(directory);
  for (const id of ["a", "b", "c"]) store.messages.insert(message(id));
  expect(store.messages.removeOldestRead("people")).toBe(false);
  expect([store.messages.markRead("b", 5), store.messages.markRead("c", 6), store.messages.markRead("b", 7)]).toEqual([true, true, false]);
  expect(store.messages.removeOldestRead("people")).toBe(true);
  expect(store.messages.after("people", 0, 10).map(({ id }) => id)).toEqual(["a", "c"]);
  expect(store.messages.known("b")).toMatchObject({ read_at: 5 });
  expect(store.messages.usage("people")).toEqual({ count: 2, bytes: 20 });
});

it("what waits for a name waits for its key once that is known; what is done has no text any more", () => {
  using store = openStore(directory);
  for (const id of ["a", "b"]) store.outbox.insert(outgoing(id));
  store.outbox.insert(outgoing("c", { node: "gamma", key: "K2", pool: "p" }));
  store.outbox.pin("beta", "K1", "default");
  expect(store.outbox.lanes().toSorted((x, y) => x.lane.localeCompare(y.lane))).toEqual([{ lane: "K1", key: "K1" }, { lane: "K2", key: "K2" }]);
  expect(store.outbox.queued("K1", 0, 10).map(({ id, text }) => [id, text])).toEqual([["a", "x"], ["b", "x"]]);
  store.outbox.finish("a", "delivered", 9, null);
  expect(store.outbox.get("a")).toMatchObject({ state: "delivered", text: null, done_at: 9 });
  expect(store.outbox.due(100).map(({ id }) => id)).toEqual(["b", "c"]);
  expect(store.outbox.usage()).toEqual({ count: 2, bytes: 10 });
  expect(store.outbox.lastKey("beta")).toEqual({ key: "K1", pool: "default" });
  store.outbox.prune(10);
  expect(store.outbox.get("a")).toBeUndefined();
});

it("a database of the release before has the tables after it is opened", () => {
  openDatabase(join(directory, "fleet.db"), 0, MIGRATIONS.slice(0, 3)).database.close();
  using store = openStore(directory);
  expect(store.setAside).toBeUndefined();
  store.messages.insert(message("a"));
  expect(store.unread("people")).toBe(1);
});
