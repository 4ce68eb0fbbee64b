// The order of what waits for one node, with a node that answers as the test says.
import { FleetError, type ErrorCode } from "@fleetwire/shared/errors";
import { waitFor } from "@fleetwire/shared/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OutboxRow } from "../store/index.ts";
import { Lane, type Attempt } from "./lane.ts";

let rows: OutboxRow[];
let taken: string[];
let refused: string[];
/** By id: what the node says once, in this order; nothing: it takes it. */
let says: Map<string, (ErrorCode | (() => void))[]>;
let lane: Lane;
let place: number;

const row = (id: string, recipient = "1"): OutboxRow => ({ place: ++place, id, recipient, node: "beta", key: "K", pool: "default", from_box: "people", from_name: null, subject: null, text: id, reply_to: null, wants_reply: false, state: "queued", reason: null, created_at: 0, done_at: null, expires_at: 1e15, bytes: 1 });
const add = (...added: OutboxRow[]) => rows.push(...added);
const out = (id: string) => (rows = rows.filter((one) => one.id !== id));
const send = (id: string, recipient?: string): Promise<Attempt> => {
  add(row(id, recipient));
  const outcome = lane.outcome(id, 5_000);
  lane.kick();
  return outcome;
};

beforeEach(() => {
  [rows, taken, refused, says] = [[], [], [], new Map()];
  place = 0;
  lane = new Lane(
    {
      queued: (place, limit) => rows.filter((one) => one.place > place).slice(0, limit),
      waits: (id) => rows.some((one) => one.id === id),
      async deliver({ id }) {
        await new Promise((resolve) => setImmediate(resolve));
        const answer = says.get(id)?.shift();
        if (typeof answer === "string") throw new FleetError(answer, answer);
        answer?.();
        taken.push(id);
        return "taken";
      },
      delivered: ({ id }) => out(id),
      refused({ id }) {
        refused.push(id);
        out(id);
      },
      expire: () => undefined,
      stays: () => undefined,
      empty: () => undefined,
      onFault: (error) => expect(error).toBeUndefined(),
    },
    new Map(),
  );
});
afterEach(() => lane.stop());

describe("a lane", () => {
  it("stops at the first one that can't be handed over, and goes on there", async () => {
    says.set("a", ["node-unreachable"]);
    add(row("a"));
    expect(await send("b")).toMatchObject({ state: "queued", error: { code: "node-unreachable" } });
    expect(taken).toEqual([]);
    expect(await send("c")).toMatchObject({ state: "delivered" });
    expect(taken).toEqual(["a", "b", "c"]);
  });

  it("passes over a full inbox for others, and keeps the order of its own", async () => {
    says.set("a", ["inbox-full"]);
    add(row("a", "1"));
    const [mine, others] = [send("b", "1"), send("c", "2")];
    expect([await mine, await others]).toMatchObject([{ state: "queued" }, { state: "delivered" }]);
    expect(taken).toEqual(["c"]);
    // The next round has all of them again.
    await waitFor("the others go too", () => taken.length === 3);
    expect(await send("d", "1")).toMatchObject({ state: "delivered" });
    expect(taken).toEqual(["c", "a", "b", "d"]);
  });

  it.each(["unknown-session", "not-running", "denied", "inbox-full", "untrusted-caller"] as const)("tells the sender who waits for it: %s", async (code) => {
    says.set("a", [code]);
    expect(await send("a")).toMatchObject({ state: "refused", error: { code } });
    expect([refused, rows]).toEqual([["a"], []]);
  });

  it.each(["timeout", "bad-signature", "internal", "nats-unreachable"] as const)("keeps what may have arrived: %s", async (code) => {
    says.set("a", [code]);
    expect(await send("a")).toMatchObject({ state: "queued" });
    expect([refused, rows.length]).toEqual([[], 1]);
  });

  it("doesn't hand over what was taken back while another one was under way", async () => {
    says.set("a", [() => out("b")]);
    add(row("a"), row("b"));
    expect(await send("c")).toMatchObject({ state: "delivered" });
    expect(taken).toEqual(["a", "c"]);
  });
});
