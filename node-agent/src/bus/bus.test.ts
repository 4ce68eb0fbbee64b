// Who may ask for what, on every verb; what a repeated delivery gets; what garbage gets.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NODE_CONTRACTS, ROLES, type Contract, type NodeVerb, type Role } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { PublicKey, SessionId } from "@fleetwire/shared/ids";
import { createKeyPair } from "@fleetwire/shared/keys";
import { openStore, type Store } from "../store/index.ts";
import { authorize, onlyOwn } from "./authorize.ts";
import type { Caller } from "./caller.ts";
import { createDirectTokens } from "./direct-tokens.ts";
import { HANDLERS } from "./handlers/index.ts";
import { createOperations } from "./operations.ts";

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "fw-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const key = PublicKey.parse(createKeyPair("user").publicKey);
const verdict = (work: () => unknown): string => {
  try {
    work();
    return "yes";
  } catch (error) {
    return FleetError.from(error).code;
  }
};

describe("roles", () => {
  // Written out, not derived: a change of the contract's table must be meant.
  const may: Record<Role, string> = {
    viewer: "event-list node-get node-storage session-get session-list session-output session-screen session-search session-view session-wait",
    operator: "event-list message-ack message-inbox message-queue message-rm message-send message-status node-get node-label node-storage session-attach session-get session-kill session-launch session-list session-output session-prune session-report session-restart session-rm session-screen session-search session-send session-view session-wait",
    admin: "audit-chain audit-list event-list message-ack message-inbox message-queue message-rm message-send message-status node-drain node-get node-label node-storage session-attach session-get session-kill session-launch session-list session-output session-prune session-report session-restart session-rm session-screen session-search session-send session-view session-wait",
    ci: "message-ack message-inbox message-rm message-send message-status node-get node-storage session-get session-kill session-launch session-list session-output session-screen session-search session-view session-wait",
    node: "message-deliver message-status",
    registry: "audit-chain event-list node-get node-storage session-get session-list session-output session-screen session-search session-view session-wait",
  };
  const verbs = Object.keys(NODE_CONTRACTS) as NodeVerb[];
  const allowed = (caller: Caller, isOpen = false) => verbs.filter((verb) => verdict(() => authorize(NODE_CONTRACTS[verb] as Contract, caller, isOpen)) === "yes").toSorted().join(" ");

  it.each([...ROLES])("%s may do this and nothing else, over the bus and with a bearer token", (role) => {
    expect(allowed({ kind: "bus", key, role })).toBe(may[role]);
    expect(allowed({ kind: "bus", key, role }, true)).toBe(may[role]);
    expect(allowed({ kind: "direct", name: "x", role })).toBe(may[role]);
  });

  it("a caller without a role may do nothing, unless the node is open", () => {
    expect(allowed({ kind: "bus", key, role: null })).toBe("");
    expect(verdict(() => authorize(NODE_CONTRACTS["session-list"], { kind: "bus", key, role: null }, false))).toBe("untrusted-caller");
    expect(allowed({ kind: "bus", key, role: null }, true)).toBe(may.admin.replace("message-ack", "message-ack message-deliver"));
  });

  it("the machine's owner may do all, a session what an operator may", () => {
    expect(allowed({ kind: "socket" })).toBe(verbs.toSorted().join(" "));
    expect(allowed({ kind: "session", session: SessionId.parse(1) })).toBe(may.operator);
  });

  it("ci is held to what it launched", () => {
    expect(onlyOwn({ kind: "bus", key, role: "ci" })).toEqual({ launchedBy: key });
    expect(onlyOwn({ kind: "direct", name: "job", role: "ci" })).toEqual({ launchedBy: "direct:job" });
    for (const role of ROLES.filter((one) => one !== "ci")) expect(onlyOwn({ kind: "bus", key, role })).toBeUndefined();
  });

  it("every verb has its own contract's handler", () => {
    for (const verb of verbs) expect(HANDLERS[verb].contract.verb).toBe(verb);
  });
});

describe("operations", () => {
  const change = { id: "operation-0000001", caller: "socket", verb: "session-launch", input: { a: 1 } };
  const operations = (store: Store) => createOperations(store.operations, Date.now);

  it("a known id gets its old answer, while it runs, after it ran, and from the next agent", async () => {
    let runs = 0;
    {
      using store = openStore(dir);
      const once = () => operations(store).once(change, { keep: true }, async () => ({ n: ++runs }));
      expect(await once()).toEqual({ n: 1 });
      expect(await once()).toEqual({ n: 1 });
      const both = operations(store);
      const slow = { ...change, id: "operation-0000002" };
      const run = () => both.once(slow, { keep: true }, () => new Promise((resolve) => setTimeout(() => resolve({ n: ++runs }), 20)));
      expect(await Promise.all([run(), run()])).toEqual([{ n: 2 }, { n: 2 }]);
    }
    using store = openStore(dir);
    expect(await operations(store).once(change, { keep: true }, async () => ({ n: ++runs }))).toEqual({ n: 1 });
    expect(runs).toBe(2);
  });

  it("an error is an answer too", async () => {
    using store = openStore(dir);
    const once = () => operations(store).once(change, { keep: true }, () => Promise.reject(new FleetError("draining", "no")));
    for (let n = 0; n < 2; n++) await expect(once()).rejects.toMatchObject({ code: "draining", message: "no" });
  });

  it("the same id with another content, verb or caller is refused", async () => {
    using store = openStore(dir);
    await operations(store).once(change, { keep: true }, async () => 1);
    for (const other of [{ input: { a: 2 } }, { verb: "session-kill" }, { caller: key }]) {
      await expect(operations(store).once({ ...change, ...other }, { keep: true }, async () => 2)).rejects.toMatchObject({ code: "replayed" });
    }
  });

  it("what was started when the agent died is not run again, and said to be unknown", async () => {
    {
      using store = openStore(dir);
      void operations(store).once(change, { keep: true }, () => new Promise(() => {}));
    }
    using store = openStore(dir);
    await expect(operations(store).once(change, { keep: true }, async () => 2)).rejects.toMatchObject({ code: "outcome-unknown" });
  });

  it("a resumable change is run again under its id when the agent died, and soon after that only", async () => {
    using store = openStore(dir);
    const asked: boolean[] = [];
    const how = { keep: true, resumable: true };
    const run = async (resumed: boolean) => asked.push(resumed);
    void operations(store).once(change, how, () => new Promise(() => {}));
    expect(await operations(store).once(change, how, run)).toBe(1);
    expect(await operations(store).once(change, how, run)).toBe(1);
    expect(asked).toEqual([true]);
    const unknown = { ...change, id: "operation-0000007" };
    await expect(operations(store).once(unknown, how, () => Promise.reject(new FleetError("outcome-unknown", "gone")))).rejects.toMatchObject({ code: "outcome-unknown" });
    expect(await operations(store).once(unknown, how, run)).toBe(2);
    // Whoever made it has forgotten it by now.
    const old = { ...change, id: "operation-0000008" };
    void operations(store).once(old, how, () => new Promise(() => {}));
    await expect(createOperations(store.operations, () => Date.now() + 3_600_000).once(old, how, run)).rejects.toMatchObject({ code: "outcome-unknown" });
  });

  it("an answer with a secret is not kept", async () => {
    using store = openStore(dir);
    await operations(store).once(change, { keep: false }, async () => ({ token: "very-secret" }));
    expect(store.operations.get(change.id)).toMatchObject({ state: "done", outcome: null });
    await expect(operations(store).once(change, { keep: false }, async () => 2)).rejects.toMatchObject({ code: "outcome-unknown" });
  });

  it("is forgotten after a day", async () => {
    using store = openStore(dir);
    await operations(store).once(change, { keep: true }, async () => 1);
    await createOperations(store.operations, () => Date.now() + 25 * 3_600_000).once({ ...change, id: "operation-0000009" }, { keep: true }, async () => 2);
    expect(store.operations.get(change.id)).toBeUndefined();
  });
});

describe("bearer tokens", () => {
  it("are kept as hashes, shown once, expire and can be revoked", () => {
    using store = openStore(dir);
    let now = Date.now();
    const tokens = createDirectTokens(store.tokens, () => now);
    const { token = "" } = tokens.run({ action: "create", name: "laptop", role: "viewer", expiresInS: 60 });
    expect(tokens.check(token)).toEqual({ name: "laptop", role: "viewer" });
    expect(JSON.stringify(store.tokens.all())).not.toContain(token);
    expect(verdict(() => tokens.run({ action: "create", name: "laptop", role: "admin" }))).toBe("name-taken");
    for (const wrong of ["", token.slice(0, -1), `${token}x`, "fleetd_", "x".repeat(5000)]) expect(verdict(() => tokens.check(wrong))).toBe("bad-bearer");
    now += 61_000;
    expect(verdict(() => tokens.check(token))).toBe("bad-bearer");
    expect(tokens.run({ action: "revoke", name: "laptop" })).toMatchObject({ revoked: true, tokens: [] });
    expect(tokens.run({ action: "revoke", name: "laptop" }).revoked).toBe(false);
  });
});
