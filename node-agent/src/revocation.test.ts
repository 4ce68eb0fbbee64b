// Taking a credential back while its holder is connected and attached (S12), on a real server with two real nodes, one of which is
// away when it happens. And what lasts: over restarts, until a new token.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fleetNodes, subjects, type Credentials, type RegistryView } from "@fleetwire/shared/bus";
import type { PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair, keyPairFromSeed, readUserJwt, type KeyPair } from "@fleetwire/shared/keys";
import { counts, waitFor } from "@fleetwire/shared/testing";
import { createAttachKey, openTicket } from "@fleetwire/shared/wire";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ask, connectOnce, type Connection } from "./fleet/index.ts";
import { freePort } from "./fleet/testing.ts";
import { joinFleet } from "./hub/index.ts";
import { TestClient } from "./pty-host/testing/test-client.ts";
import { bundleAgent, TestAgent } from "./test-agent.ts";

let bundle: Awaited<ReturnType<typeof bundleAgent>>;
let a: TestAgent;
let b: TestAgent;
const cleanups: (() => PromiseLike<unknown> | void)[] = [];

beforeAll(async () => {
  bundle = await bundleAgent();
  a = await new TestAgent(bundle.program, { FLEET_NODE_NAME: "hub-box", FLEET_GATEWAY: "0" }).start();
  b = await new TestAgent(bundle.program, { FLEET_NODE_NAME: "gpu-box", FLEET_GATEWAY: "0" }).start();
  await a.ask("hub-init", { natsPort: await freePort(), gatewayPort: await freePort() });
  await a.ask("hub-up");
  const { token } = await a.ask("hub-token", { role: "node", name: "gpu-box" as never });
  await b.ask("node-join", { token });
  await Promise.all([connected(a), connected(b)]);
}, 60_000);
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});
afterAll(async () => {
  await a.ask("hub-down").catch(() => undefined);
  await Promise.all([a, b].map((agent) => agent[Symbol.asyncDispose]()));
  bundle[Symbol.dispose]();
});

const connected = (agent: TestAgent) => waitFor("it is connected", async () => (await agent.ask("agent-status")).fleet.state === "connected", 20_000);

/** Somebody with a home of their own, who joined with a token. */
class Person {
  readonly home = mkdtempSync(join(tmpdir(), "fwq-"));
  credentials!: Credentials;
  key!: KeyPair;
  connection!: Connection;

  static async join(input: { role: "viewer" | "operator" | "admin" | "ci"; name: string; credentialExpiresInS?: number }): Promise<Person> {
    const person = new Person();
    cleanups.push(() => rmSync(person.home, { recursive: true, force: true }));
    await person.rejoin((await a.ask("hub-token", input as never)).token);
    await person.connect();
    return person;
  }

  async rejoin(token: string): Promise<void> {
    ({ credentials: this.credentials } = await joinFleet({ stateDir: this.home, configDir: this.home, nodeKey: createKeyPair("user"), hostname: "laptop" }, token));
    this.key = keyPairFromSeed(readFileSync(join(this.home, "caller.nk"), "utf8"));
  }

  async connect(): Promise<void> {
    const { facts, jwt } = this.credentials;
    this.connection = await connectOnce({ urls: facts.urls, name: "test", login: { kind: "jwt", jwt, key: this.key }, inboxOf: this.key.publicKey as PublicKey, ca: facts.ca });
    cleanups.push(() => this.connection.close());
  }

  async on(agent: TestAgent, verb: string, body: unknown): Promise<never> {
    const { key: node, pool } = await agent.ask("node-get");
    const { facts, jwt } = this.credentials;
    const subject = subjects.request(facts.fleet, pool, node, verb, this.key.publicKey as PublicKey);
    return (await ask(this.connection, { subject, target: node, verb, body, key: this.key, jwt, signers: [node], timeoutMs: 5_000 })) as never;
  }

  async view(view: RegistryView): Promise<unknown> {
    const { facts, jwt } = this.credentials;
    return ask(this.connection, { subject: subjects.query(facts.fleet, view, this.key.publicKey as PublicKey), target: "registry", verb: view, body: {}, key: this.key, jwt, signers: facts.registries, timeoutMs: 3_000 });
  }

  /** A session of its own on that node, looked at over the terminal listener. */
  async attach(agent: TestAgent): Promise<{ viewer: TestClient; secret: string; hostKey: string; clientKey: KeyPair; url: string; id: number }> {
    const { id } = (await this.on(agent, "session-launch", { command: ["cat"], cwd: "/" })) as { id: number };
    const clientKey = createAttachKey();
    const { ticket, addresses } = (await this.on(agent, "session-attach", { session: { id }, clientKey: clientKey.publicKey })) as { ticket: string; addresses: { url: string }[] };
    const { hostKey } = openTicket(ticket, (await agent.ask("node-get")).key);
    const url = addresses.at(-1)?.url ?? "";
    const viewer = new TestClient({ url }, `Fleet-Ticket ${ticket}`, { clientKey, hostKey, want: { kind: "attach", mode: "lossless" } });
    cleanups.push(() => viewer.socket.terminate());
    const { resume = "" } = await viewer.welcomed;
    return { viewer, secret: resume, hostKey, clientKey, url, id };
  }
}

const CLOSED = 4403;
const isClosed = ({ viewer }: { viewer: TestClient }) => viewer.closeCode !== undefined;

describe("a credential that is taken back (S12)", () => {
  it("ends its connection within a second and its attaches within five, on every node, for good", async () => {
    const ann = await Person.join({ role: "operator", name: "ann" });
    const bob = await Person.join({ role: "operator", name: "bob" });
    const attaches = [await ann.attach(a), await ann.attach(b)];
    const others = [await bob.attach(a), await bob.attach(b)];
    let closedAt = 0;
    void ann.connection.closed().then(() => (closedAt = Date.now()));

    const from = Date.now();
    const { revoked, told } = await a.ask("hub-revoke", { which: "ann" });
    expect({ revoked, told }).toMatchObject({ revoked: [{ kind: "credential", name: "ann", state: "revoked", id: ann.key.publicKey }], told: true });
    await waitFor("the connection is closed", () => closedAt > 0, 5_000);
    await waitFor("both attaches are closed", () => attaches.every(isClosed), 10_000);
    const times = { connectionMs: closedAt - from, attachesMs: Date.now() - from };
    console.info(`S12: connection closed after ${times.connectionMs} ms, attaches on two nodes after ${times.attachesMs} ms`);
    // The promise, in the long run on a machine of its own; otherwise room for whatever else runs here.
    expect(times.connectionMs).toBeLessThan(counts(4_000, 1_000));
    expect(times.attachesMs).toBeLessThan(counts(9_000, 5_000));
    expect(attaches.map(({ viewer }) => viewer.closeCode)).toEqual([CLOSED, CLOSED]);

    // Nobody comes back: not by NATS, not by the resume secret. Others don't notice, and the sessions go on.
    await expect(ann.connect()).rejects.toMatchObject({ code: "nats-denied" });
    for (const { url, secret, hostKey, clientKey } of attaches) {
      const again = new TestClient({ url }, `Fleet-Resume ${secret}`, { clientKey, hostKey, want: { kind: "attach", mode: "lossless" } });
      await expect(again.welcomed).rejects.toThrow("401");
    }
    expect(others.some(isClosed)).toBe(false);
    expect(fleetNodes.output.parse(await bob.view("nodes")).total).toBe(2);
    expect((await b.ask("session-get", { session: { id: attaches[1]?.id as never } })).session.state).toBe("running");

    // With a new token the same key is somebody again.
    const { token } = await a.ask("hub-token", { role: "operator", name: "ann" });
    await ann.rejoin(token);
    await ann.connect();
    expect(isClosed(await ann.attach(b))).toBe(false);
    await expect(a.ask("hub-revoke", { which: "nobody" })).rejects.toMatchObject({ code: "unknown-credential" });
  });

  it("is known to a node that was away as soon as it is back, and remembered", async () => {
    const eve = await Person.join({ role: "operator", name: "eve" });
    const attached = await eve.attach(b);
    await b.end("SIGKILL");
    await a.ask("hub-revoke", { which: eve.key.publicKey });
    expect(isClosed(attached)).toBe(false);
    await b.start();
    await connected(b);
    await waitFor("the attach is closed", () => isClosed(attached), 5_000);
    expect(readFileSync(join(b.home, "state/trust.json"), "utf8")).toContain(eve.key.publicKey);
  });

  it("an unused token is taken back too", async () => {
    const { token, id } = await a.ask("hub-token", { role: "viewer", name: "late" });
    await a.ask("hub-revoke", { which: id.slice(0, 10) });
    const home = mkdtempSync(join(tmpdir(), "fwq-"));
    cleanups.push(() => rmSync(home, { recursive: true, force: true }));
    await expect(joinFleet({ stateDir: home, configDir: home, nodeKey: createKeyPair("user"), hostname: "x" }, token)).rejects.toMatchObject({ code: "bad-token" });
    const { issued } = await a.ask("hub-tokens");
    expect(issued.find((one) => one.id === id)).toMatchObject({ kind: "token", state: "revoked", used: null });
    expect(JSON.stringify(issued)).not.toContain(token.slice(20, 60));
  });
});

describe("rotation", () => {
  it("of the nodes' key: those that are connected get a new credential by themselves", async () => {
    const before = readUserJwt((JSON.parse(readFileSync(join(b.home, "state/credentials.json"), "utf8")) as Credentials).jwt);
    const { renewed, mustJoin } = await a.ask("hub-rotate", { what: { role: "node" }, graceMs: 30_000 });
    expect({ renewed: renewed.map(({ name }) => name ?? "").toSorted(), mustJoin }).toEqual({ renewed: ["gpu-box", "hub-box"], mustJoin: [] });
    await Promise.all([connected(a), connected(b)]);
    const after = readUserJwt((JSON.parse(readFileSync(join(b.home, "state/credentials.json"), "utf8")) as Credentials).jwt);
    expect(after.iss).not.toBe(before.iss);
    // Callers reach both, and a node that comes back finds its place.
    const ann = await Person.join({ role: "operator", name: "after" });
    await waitFor("both are listed", async () => fleetNodes.output.parse(await ann.view("nodes")).nodes.filter(({ state }) => state === "live").length === 2, 15_000);
    for (const agent of [a, b]) expect(await ann.on(agent, "session-list", {})).toHaveProperty("sessions");
    await b.end("SIGKILL");
    await b.start();
    await connected(b);
  });

  it("of a person's role: what the old key signed is worth nothing, here and at the nodes", async () => {
    const vera = await Person.join({ role: "viewer", name: "vera" });
    const { renewed, mustJoin } = await a.ask("hub-rotate", { what: { role: "viewer" } });
    expect({ renewed, mustJoin: mustJoin.map(({ name }) => name) }).toEqual({ renewed: [], mustJoin: ["vera"] });
    await waitFor("the connection is closed", () => vera.connection.isClosed(), 5_000);
    await expect(vera.connect()).rejects.toMatchObject({ code: "nats-denied" });
    await vera.rejoin((await a.ask("hub-token", { role: "viewer", name: "vera" })).token);
    await vera.connect();
    // The nodes know the new key by now, for the registry told them.
    await waitFor("both nodes know the new key", async () => {
      for (const agent of [a, b]) await vera.on(agent, "session-list", {});
      return true;
    }, 5_000);
  });

  it("of one credential: a node renews it, a person gets a token", async () => {
    const paul = await Person.join({ role: "operator", name: "paul" });
    const jwt = () => (JSON.parse(readFileSync(join(b.home, "state/credentials.json"), "utf8")) as Credentials).jwt;
    const before = jwt();
    expect(await a.ask("hub-rotate", { what: { which: "gpu-box" }, graceMs: 30_000 })).toMatchObject({ renewed: [{ name: "gpu-box", state: "live" }], mustJoin: [] });
    await waitFor("the node has it", () => jwt() !== before, 5_000);
    await connected(b);
    const { token = "", mustJoin } = await a.ask("hub-rotate", { what: { which: "paul" } });
    expect(mustJoin).toMatchObject([{ name: "paul" }]);
    await waitFor("the connection is closed", () => paul.connection.isClosed(), 5_000);
    await paul.rejoin(token);
    await paul.connect();
    expect(await paul.on(b, "session-list", {})).toHaveProperty("sessions");
  });
});
