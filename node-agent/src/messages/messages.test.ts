// Messages between two real nodes over a real NATS server: where they are kept, how often they arrive, whose word counts.
import { connect, type NatsConnection } from "nats";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sealRequest, openReply, subjects, type MessageRecord } from "@fleetwire/shared/bus";
import type { FleetName, OperationId, PoolName, PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair, type KeyPair } from "@fleetwire/shared/keys";
import { counts, waitFor } from "@fleetwire/shared/testing";
import { startNats, type TestNats } from "../fleet/testing.ts";
import { bundleAgent, TestAgent } from "../test-agent.ts";

let bundle: Awaited<ReturnType<typeof bundleAgent>>;
let nats: TestNats;
let a: TestAgent;
let b: TestAgent;

beforeAll(async () => {
  bundle = await bundleAgent();
  nats = await startNats();
  [a, b] = await Promise.all(["alpha", "beta"].map((name) => new TestAgent(bundle.program, { FLEET_NODE_NAME: name, FLEET_NATS_URL: nats.url, FLEET_OPEN: "1" }).start())) as [TestAgent, TestAgent];
  await Promise.all([connected(a), connected(b)]);
});
afterAll(async () => {
  await Promise.all([a[Symbol.asyncDispose](), b[Symbol.asyncDispose]()]);
  await nats[Symbol.asyncDispose]();
  bundle[Symbol.dispose]();
});
/** Each test has its own sessions, and finds the people's mailboxes empty. */
beforeEach(async () => {
  await Promise.all([connected(a), connected(b)]);
  for (const agent of [a, b]) for (const { id } of await inbox(agent)) await agent.ask("message-rm", { id });
});

const connected = (agent: TestAgent) => waitFor("it is connected", async () => (await agent.ask("agent-status")).fleet.state === "connected", 20_000);
const session = async (agent: TestAgent, name?: string) => (await agent.ask("session-launch", { command: ["sleep", "1000"], cwd: "/", ...(name === undefined ? {} : { name }) })).id;
/** As a program in that session. */
async function as<T = Record<string, unknown>>(agent: TestAgent, id: number, verb: string, input: object): Promise<T & { error?: { code: string } }> {
  return (await agent.raw<T>(verb, input, {}, `${agent.home}/run/s/${id}.sock`)).body;
}
async function inbox(agent: TestAgent, whose: object = {}): Promise<MessageRecord[]> {
  const messages: MessageRecord[] = [];
  for (let after = 0; ; ) {
    const page = await agent.ask("message-inbox", { ...whose, after });
    messages.push(...page.messages);
    if (!page.more) return messages;
    after = page.next;
  }
}
const texts = async (agent: TestAgent, whose: object = {}) => (await inbox(agent, whose)).map(({ text }) => text);
const send = (agent: TestAgent, input: object) => agent.ask("message-send", input);

describe("from session to session", () => {
  it("on two nodes, both ways, with an answer; who sent it is what the nodes found out", async () => {
    const [one, two] = [await session(a, "one"), await session(b, "two")];
    const sent = await as<{ id: string; state: string; to: string }>(a, one, "message-send", { node: "beta", session: { name: "two" }, text: "ready?", subject: "merge", wantsReply: true });
    expect(sent).toMatchObject({ state: "delivered", to: "beta:two" });
    const { key } = await a.ask("node-get");
    const [got] = (await as<{ messages: MessageRecord[] }>(b, two, "message-inbox", {})).messages;
    expect(got).toMatchObject({ id: sent.id, from: { address: `alpha:${one}`, node: "alpha", key, session: { id: one, name: "one" } }, to: `beta:${two}`, subject: "merge", text: "ready?", wantsReply: true, readAt: null });
    expect(await a.ask("message-status", { id: sent.id })).toMatchObject({ state: "delivered", to: "beta:two" });

    expect(await as(b, two, "message-ack", { ids: [sent.id] })).toEqual({ read: 1 });
    expect(await as(b, two, "message-ack", { ids: [sent.id] })).toEqual({ read: 0 });
    expect(await as(a, one, "message-status", { id: sent.id })).toMatchObject({ state: "read", readAt: expect.any(String) as string });

    expect(await as(b, two, "message-send", { replyTo: sent.id, text: "yes" })).toMatchObject({ state: "delivered", to: `alpha:${one}` });
    expect((await as<{ messages: MessageRecord[] }>(a, one, "message-inbox", { replyTo: sent.id, waitMs: 10_000 })).messages).toMatchObject([{ text: "yes", replyTo: sent.id, from: { address: `beta:${two}` } }]);
  });

  it("unread ones show in the session's record and go with the session; the text is in no event", async () => {
    const id = await session(b);
    const { id: message } = await send(a, { node: "beta", session: { id }, text: "the secret text", subject: "hi" });
    expect((await b.ask("session-get", { session: { id } })).session.unread).toBe(1);
    const { events } = await b.ask("event-list", { filter: { kinds: ["message-received"], sessions: [{ id }] } });
    expect(events.map(({ event }) => event.message)).toEqual([{ id: message, from: "@alpha", to: `beta:${id}`, subject: "hi" }]);
    expect(JSON.stringify(await b.ask("event-list", {}))).not.toContain("the secret text");
    // An operator looks, which is no reading; the session's own look-up in another mailbox is refused.
    expect(await texts(b, { session: { id } })).toEqual(["the secret text"]);
    expect(await as(b, id, "message-inbox", { people: true })).toMatchObject({ error: { code: "denied" } });
    expect(await as(b, await session(b), "message-status", { id: message })).toMatchObject({ error: { code: "unknown-message" } });
    await as(b, id, "message-ack", { ids: [message] });
    expect((await b.ask("session-get", { session: { id } })).session.unread).toBeUndefined();

    await b.ask("session-kill", { sessions: [{ id }], graceMs: 0 });
    await expect(send(a, { node: "beta", session: { id }, text: "too late" })).rejects.toMatchObject({ code: "not-running" });
    await b.ask("session-rm", { sessions: [{ id }] });
    await expect(send(a, { node: "beta", session: { id }, text: "gone" })).rejects.toMatchObject({ code: "unknown-session" });
    expect(await a.ask("message-status", { id: message })).toMatchObject({ state: "read" });
    await expect(send(a, { node: "gamma", people: true, text: "?" })).rejects.toMatchObject({ code: "unknown-node" });
  });
});

describe("a node that can't be reached", () => {
  it("gets what waited for it once and in order, whoever is killed meanwhile", async () => {
    const id = await session(b);
    await send(a, { node: "beta", session: { id }, text: "0" });
    await b.end("SIGKILL");
    const sent = [await send(a, { node: "beta", session: { id }, text: "1" }), await send(a, { node: "beta", session: { id }, text: "2" })] as const;
    expect(sent).toMatchObject([{ state: "queued" }, { state: "queued" }]);
    expect(await a.ask("message-status", { id: sent[0].id })).toMatchObject({ state: "queued", reason: expect.any(String) as string });
    const { id: back } = await send(a, { node: "beta", people: true, text: "never mind" });
    expect(await a.ask("message-rm", { id: back })).toEqual({ removed: "queue" });
    await a.end("SIGKILL");
    await a.start();
    await send(a, { node: "beta", session: { id }, text: "3" });
    await b.start();
    await waitFor("all are there", async () => (await texts(b, { session: { id } })).length === 4, 20_000);
    expect(await texts(b, { session: { id } })).toEqual(["0", "1", "2", "3"]);
    await waitFor("the sender knows", async () => (await a.ask("message-status", { id: sent[1].id })).state === "delivered");
    expect(await texts(b)).toEqual([]);
  });

  it("as when NATS is cut; agents that die in the middle of it change nothing", async () => {
    await send(a, { node: "beta", people: true, text: "0" });
    const rounds = counts(3, 30);
    let n = 1;
    for (let round = 0; round < rounds; round++) {
      await nats.kill();
      for (let more = 0; more < 3; more++) await send(a, { node: "beta", people: true, text: String(n++) });
      await nats.restart();
      // While it is handed over, or before, or after.
      const victim = round % 2 === 0 ? b : a;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 600));
      await victim.end("SIGKILL");
      await victim.start();
    }
    await waitFor("all are there", async () => (await texts(b)).length >= n, 60_000);
    expect(await texts(b)).toEqual(Array.from({ length: n }, (_, at) => String(at)));
  }, 120_000);

  it("as when it hangs: what it was asked before it hung and what it is asked again are one message", async () => {
    await send(a, { node: "beta", people: true, text: "0" });
    process.kill(b.pid, "SIGSTOP");
    const { state, id } = await send(a, { node: "beta", people: true, text: "1" });
    process.kill(b.pid, "SIGCONT");
    expect(state).toBe("queued");
    await waitFor("the sender knows", async () => (await a.ask("message-status", { id })).state === "delivered", 30_000);
    await send(a, { node: "beta", people: true, text: "2" });
    expect(await texts(b)).toEqual(["0", "1", "2"]);
  });

  it("is given up in time, and the sender finds that in its own mailbox", async () => {
    const id = await session(a);
    await send(a, { node: "beta", people: true, text: "0" });
    await b.end("SIGKILL");
    const { id: message } = await as<{ id: string }>(a, id, "message-send", { node: "beta", people: true, text: "1", expiresMs: 1_000 });
    const [notice] = await waitFor("it is said", async () => {
      const { messages } = await as<{ messages: MessageRecord[] }>(a, id, "message-inbox", { waitMs: 5_000 });
      return messages.length > 0 ? messages : undefined;
    }, 30_000);
    expect(notice).toMatchObject({ kind: "notice", replyTo: message, from: { address: "alpha" } });
    expect(await as(a, id, "message-status", { id: message })).toMatchObject({ state: "expired" });
    await b.start();
    await connected(b);
    await send(a, { node: "beta", people: true, text: "2" });
    expect(await texts(b)).toEqual(["0", "2"]);
  });
});

describe("a mailbox that is full", () => {
  const BIG = "x".repeat(64 * 1024);
  it("refuses; room is made of what was read, the oldest first", async () => {
    const id = await session(a);
    let full: { code?: string } | undefined;
    let sent = 0;
    for (; full === undefined && sent < 200; sent++) await send(a, { session: { id }, text: BIG, subject: String(sent) }).catch((error: unknown) => (full = error as { code?: string }));
    expect(full?.code).toBe("inbox-full");
    const before = (await a.ask("session-get", { session: { id } })).session.unread ?? 0;
    expect(before).toBe(sent - 1);
    await expect(send(b, { node: "alpha", session: { id }, text: BIG })).rejects.toMatchObject({ code: "inbox-full" });
    const [first, second] = (await a.ask("message-inbox", { session: { id } })).messages;
    await as(a, id, "message-ack", { ids: [second?.id] });
    expect(await send(b, { node: "alpha", session: { id }, text: BIG, subject: "last" })).toMatchObject({ state: "delivered" });
    const page = await a.ask("message-inbox", { session: { id }, unread: true });
    expect(page.unread).toBe(before);
    expect(page.messages[0]?.id).toBe(first?.id);
    expect(await a.ask("message-status", { id: second?.id })).toMatchObject({ state: "read" });
  });
});

describe("what others claim", () => {
  let connection: NatsConnection;
  let key: KeyPair;
  beforeEach(async () => {
    key = createKeyPair("user");
    connection = await connect({ servers: nats.url, inboxPrefix: subjects.inboxPrefix(key.publicKey as PublicKey) });
  });
  afterEach(() => connection.close());

  /** Asks node beta as whoever has that key. */
  async function ask(verb: string, body: unknown, as: KeyPair = key): Promise<unknown> {
    const to = (await b.ask("node-get")).key;
    const id = createKeyPair("user").publicKey.slice(0, 20) as OperationId;
    const data = sealRequest({ id, issued: Date.now(), deadline: Date.now() + 5_000, target: to, verb, body }, as);
    const reply = await connection.request(subjects.request("default" as FleetName, "default" as PoolName, to, verb, as.publicKey as PublicKey), data, { timeout: 5_000 });
    return openReply(reply.string(), id, [to]);
  }
  const delivery = (id: string, more: object = {}) => ({ id, senderNode: "alpha", senderSession: { id: 1, name: "one" }, text: id, wantsReply: false, sentAt: Date.now(), ...more });

  it("is not believed: neither a node's name, nor another's message, nor a sender", async () => {
    await ask("message-deliver", delivery("aaaaaaaaaaaa"));
    const [got] = await inbox(b);
    expect(got?.from).toMatchObject({ key: key.publicKey, address: `${key.publicKey.slice(0, 12)}:1` });
    expect(got?.from.node).toBeUndefined();

    const { id } = await send(a, { node: "beta", people: true, text: "real" });
    await expect(ask("message-deliver", delivery(id, { text: "forged" }))).rejects.toMatchObject({ code: "replayed" });
    expect(await texts(b)).toEqual(["aaaaaaaaaaaa", "real"]);
    // Neither at a node's socket, nor at a session's, nor over NATS is there a field for it.
    for (const field of ["from", "sender", "senderSession"]) await expect(send(b, { people: true, text: "x", [field]: "alpha:1" })).rejects.toMatchObject({ code: "version-skew" });
    expect(await as(b, await session(b), "message-deliver", delivery("bbbbbbbbbbbb"))).toMatchObject({ error: { code: "denied" } });
    await expect(b.ask("message-deliver", delivery("bbbbbbbbbbbb"))).rejects.toMatchObject({ code: "denied" });
    await expect(ask("message-deliver", delivery("cccccccccccc", { from: "alpha:1" }))).rejects.toMatchObject({ code: "version-skew" });
    // Nothing that would spoil the mailbox for its reader gets into it.
    for (const more of [{ sentAt: 1e300 }, { sentAt: 1.5 }, { sentAt: -1 }, { text: "" }, { text: "x".repeat(65_537) }, { subject: "x".repeat(201) }, { id: "../../etc" }, { senderNode: "No Name" }]) await expect(ask("message-deliver", delivery("dddddddddddd", more))).rejects.toMatchObject({ code: "bad-input" });
    // A person without a node is known by the key, and finds the answer there.
    const asked = (await ask("message-send", { people: true, text: "who am I?" })) as { id: string };
    expect((await inbox(b)).at(-1)?.from).toEqual({ address: key.publicKey.slice(0, 12), key: key.publicKey, role: null });
    await send(b, { replyTo: asked.id, text: "nobody" });
    expect(await ask("message-inbox", {})).toMatchObject({ messages: [{ text: "nobody", replyTo: asked.id, from: { address: "@beta" } }] });
    await expect(ask("message-send", { node: "alpha", people: true, text: "through you" })).rejects.toMatchObject({ code: "denied" });
  });

  it("and what is delivered again, late, in any order, is there once", async () => {
    const n = counts(200, 10_000);
    const ids = Array.from({ length: n }, (_, at) => at.toString(36).padStart(12, "0"));
    for (let from = 0; from < n; from += 500) {
      const some = ids.slice(from, from + 500);
      const deliveries = [...some, ...some, ...some.slice(0, 100)].map((id) => ({ id, at: Math.random() })).toSorted((x, y) => x.at - y.at);
      const answers: boolean[] = [];
      for (let at = 0; at < deliveries.length; at += 50) answers.push(...(await Promise.all(deliveries.slice(at, at + 50).map(async ({ id }) => ((await ask("message-deliver", delivery(id))) as { again: boolean }).again))));
      expect(answers.filter((again) => !again)).toHaveLength(some.length);
      const page = await inbox(b, { unread: true });
      expect(page.map(({ id }) => id).toSorted()).toEqual(some.toSorted());
      await b.ask("message-ack", { ids: page.map(({ id }) => id) });
      // Also of what was read and removed.
      await b.ask("message-rm", { id: some[0] });
      expect(await ask("message-deliver", delivery(some[0] ?? ""))).toEqual({ again: true });
    }
    await b.end("SIGKILL");
    await b.start();
    await connected(b);
    expect(await ask("message-deliver", delivery(ids[0] ?? ""))).toEqual({ again: true });
    expect(await inbox(b, { unread: true })).toEqual([]);
  }, 300_000);
});

it("on one machine no fleet is needed; a session writes to its people, and the other way round", async () => {
  await nats.kill();
  const id = await session(a, "worker");
  expect(await as(a, id, "message-send", { people: true, text: "done" })).toMatchObject({ state: "delivered", to: "@alpha" });
  const [got] = await inbox(a);
  expect(got?.from).toEqual({ address: `alpha:${id}`, node: "alpha", session: { id, name: "worker" } });
  await send(a, { replyTo: got?.id, text: "thanks" });
  expect((await as<{ messages: MessageRecord[] }>(a, id, "message-inbox", { waitMs: 5_000 })).messages).toMatchObject([{ text: "thanks", from: { address: "@alpha", node: "alpha" } }]);
  await expect(send(a, { text: "to nobody" })).rejects.toMatchObject({ code: "bad-input" });
});
