// Every role against every kind of subject on a real server: what NATS allows is exactly the table, no more and no less.
import { NODE_CONTRACTS, permissionsOf, REGISTRY_CONTRACTS, ROLES, subjects } from "@fleetwire/shared/bus";
import type { FleetName, PoolName, PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair, type KeyPair } from "@fleetwire/shared/keys";
import { waitFor } from "@fleetwire/shared/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectOnce, type Connection } from "../fleet/index.ts";
import { startNats, type TestNats } from "../fleet/testing.ts";
import { mintScopedUser } from "../registry/index.ts";
import { createTrust, publicOf, type Trust } from "./accounts.ts";

const fleet = "default" as FleetName;
const pool = "default" as PoolName;
const stranger = createKeyPair("user").publicKey as PublicKey;
const someNode = createKeyPair("user").publicKey as PublicKey;
let server: TestNats;
let trust: Trust;
const open: Connection[] = [];

beforeAll(async () => {
  trust = await createTrust(fleet, [pool, "gpu" as PoolName]);
  const { operator } = trust;
  const accounts = [operator.system, operator.fleet, operator.store].map(({ seed, jwt }) => `${publicOf(seed)}: "${jwt}"`).join("\n");
  server = await startNats({ jetstream: true, config: `operator: "${operator.operatorJwt}"\nsystem_account: ${publicOf(operator.system.seed)}\nresolver: MEMORY\nresolver_preload { ${accounts} }` });
});
afterAll(async () => {
  for (const connection of open) await connection.close();
  await server[Symbol.asyncDispose]();
});

type Who = (typeof ROLES)[number] | "joiner";

async function connect(role: Who, key: KeyPair, jwt?: string): Promise<{ connection: Connection; refused: Set<string> }> {
  const signer = role === "joiner" ? trust.signers.joiner : trust.signers.keys.find((one) => one.role === role && (one.pool === undefined || one.pool === pool))?.seed;
  const minted = jwt ?? (await mintScopedUser({ account: trust.signers.account, signer: signer ?? "", user: key.publicKey, name: "test" }));
  const connection = await connectOnce({ urls: [server.url], name: "test", login: { kind: "jwt", jwt: minted, key }, inboxOf: key.publicKey as PublicKey });
  open.push(connection);
  const refused = new Set<string>();
  void (async () => {
    for await (const { permissionContext } of connection.status() as AsyncIterable<{ permissionContext?: { operation: string; subject: string } }>) {
      if (permissionContext !== undefined) refused.add(`${permissionContext.operation} ${permissionContext.subject}`);
    }
  })();
  return { connection, refused };
}

/** Subjects a role may want to publish to: its own, another's, other pools', other fleets', the server's. */
function publishSubjects(self: PublicKey): string[] {
  const other = "elsewhere" as FleetName;
  const requests = Object.keys(NODE_CONTRACTS).flatMap((verb) => [subjects.request(fleet, pool, someNode, verb, self), subjects.request(fleet, pool, someNode, verb, stranger), subjects.request(fleet, "gpu" as PoolName, someNode, verb, self), subjects.request(other, pool, someNode, verb, self)]);
  const queries = Object.keys(REGISTRY_CONTRACTS).flatMap((view) => [subjects.query(fleet, view, self), subjects.query(fleet, view, stranger)]);
  const says = [self, stranger].flatMap((key) => [subjects.beat(fleet, key), subjects.event(fleet, key, "node-changed"), subjects.ping(fleet, key), `_I.${key}.x`]);
  return [...requests, ...queries, ...says, "anything", "$JS.API.STREAM.LIST", "$JS.API.CONSUMER.CREATE.nodes", "$SYS.REQ.SERVER.PING", "$KV.nodes.x"];
}

function subscribeSubjects(self: PublicKey): string[] {
  const requests = [self, stranger].flatMap((key) => [subjects.request(fleet, pool, key, "*", "*"), subjects.request(fleet, pool, key, "session-launch", "*"), subjects.request(fleet, "gpu" as PoolName, key, "*", "*")]);
  const keys = [self, stranger].flatMap((key) => [`_I.${key}.>`, `_I.${key}.x`, subjects.beat(fleet, key), subjects.ping(fleet, key)]);
  const queries = Object.keys(REGISTRY_CONTRACTS).flatMap((view) => [subjects.query(fleet, view, "*"), subjects.query(fleet, view, self)]);
  return [...requests, ...keys, ...queries, subjects.beat(fleet, "*"), subjects.events(fleet), subjects.ping(fleet, "*"), ">", "*", "*.>", "f1.>", "f1.*.>", `f1.${fleet}.>`, `f1.${fleet}.rq.>`, `f1.${fleet}.rq.*.*.*.*`, "f1.elsewhere.>", "_I.>", "_I.*.>", "_INBOX.>", "$SYS.>", "$JS.>", "$KV.>"];
}

/** NATS matching of one subject, its tokens taken literally, against one allowed pattern. */
function covers(pattern: string, subject: string): boolean {
  const [wanted, tokens] = [pattern.split("."), subject.split(".")];
  for (const [at, token] of wanted.entries()) {
    if (token === ">") return tokens.length > at;
    if (at >= tokens.length || tokens[at] === ">" || (token !== "*" && token !== tokens[at])) return false;
  }
  return wanted.length === tokens.length;
}

describe.each([...ROLES, "joiner"] as Who[])("%s", (role) => {
  it("may do exactly what the table says", async () => {
    const key = createKeyPair("user");
    const self = key.publicKey as PublicKey;
    const { publish, subscribe } = permissionsOf(role, fleet, pool);
    const allows = (list: readonly string[], subject: string) => list.some((pattern) => covers(pattern.replaceAll("{{subject()}}", self), subject));
    const { connection, refused } = await connect(role, key);
    for (const subject of publishSubjects(self)) connection.publish(subject, "x");
    await connection.flush();
    // One at a time: the number of subscriptions is limited too.
    for (const subject of subscribeSubjects(self)) {
      connection.subscribe(subject, { callback: () => undefined }).unsubscribe();
      connection.subscribe(subject, { queue: "thieves", callback: () => undefined }).unsubscribe();
    }
    await connection.flush();
    const wanted = [
      ...publishSubjects(self).filter((subject) => !allows(publish, subject)).map((subject) => `publish ${subject}`),
      ...subscribeSubjects(self).filter((subject) => !allows(subscribe, subject)).map((subject) => `subscription ${subject}`),
    ];
    await waitFor("all refusals", () => refused.size >= new Set(wanted).size, 5_000).catch(() => undefined);
    expect([...refused].toSorted()).toEqual([...new Set(wanted)].toSorted());
    expect(connection.isClosed()).toBe(false);
  });
});

describe("credentials", () => {
  it("of a viewer don't carry a launch, a kill or keys", async () => {
    const key = createKeyPair("user");
    const { connection, refused } = await connect("viewer", key);
    const verbs = ["session-launch", "session-kill", "session-send", "session-attach", "node-drain"];
    for (const verb of verbs) connection.publish(subjects.request(fleet, pool, someNode, verb, key.publicKey as PublicKey), "x");
    await connection.flush();
    await waitFor("refusals", () => refused.size === verbs.length);
  });

  it("that ask for more than their role, or are for another's key, are refused", async () => {
    const key = createKeyPair("user");
    const { encodeUser } = await import("@nats-io/jwt");
    const viewer = trust.signers.keys.find(({ role }) => role === "viewer")?.seed ?? "";
    const greedy = await encodeUser("x", key.publicKey, trust.signers.account, { pub: { allow: [">"], deny: [] } }, { signer: viewer });
    await expect(connect("viewer", key, greedy)).rejects.toMatchObject({ code: "nats-denied" });
    const stolen = await mintScopedUser({ account: trust.signers.account, signer: viewer, user: createKeyPair("user").publicKey, name: "x" });
    await expect(connect("viewer", key, stolen)).rejects.toMatchObject({ code: "nats-denied" });
    await expect(connectOnce({ urls: [server.url], name: "x", login: { kind: "none" } })).rejects.toMatchObject({ code: "nats-denied" });
    const late = await mintScopedUser({ account: trust.signers.account, signer: viewer, user: key.publicKey, name: "x", expires: Math.floor(Date.now() / 1000) - 5 });
    await expect(connect("viewer", key, late)).rejects.toMatchObject({ code: "nats-denied" });
  });
});
