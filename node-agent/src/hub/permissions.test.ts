// Every role against every subject on a real server (S1), cell by cell: publish, subscribe, subscribe in a queue. What is expected
// comes from the contracts' roles and from the sentences of the table of subjects, not from the code that makes the permissions.
import { NODE_CONTRACTS, REGISTRY_CONTRACTS, subjects, type Contract, type Role } from "@fleetwire/shared/bus";
import type { FleetName, PoolName, PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair, keyPairFromSeed, type KeyPair } from "@fleetwire/shared/keys";
import { waitFor } from "@fleetwire/shared/testing";
import { encodeUser } from "@nats-io/jwt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectOnce, type Connection } from "../fleet/index.ts";
import { startNats, type TestNats } from "../fleet/testing.ts";
import { mintScopedUser } from "../registry/index.ts";
import { createTrust, publicOf, type Trust } from "./accounts.ts";

const fleet = "default" as FleetName;
const elsewhere = "elsewhere" as FleetName;
const [pool, gpu] = ["default" as PoolName, "gpu" as PoolName];
const stranger = createKeyPair("user").publicKey as PublicKey;
const someNode = createKeyPair("user").publicKey as PublicKey;
let server: TestNats;
let trust: Trust;
const open: Connection[] = [];

beforeAll(async () => {
  trust = await createTrust(fleet, [pool, gpu]);
  const { operator } = trust;
  const accounts = [operator.system, operator.fleet, operator.store].map(({ seed, jwt }) => `${publicOf(seed)}: "${jwt}"`).join("\n");
  server = await startNats({ jetstream: true, config: `operator: "${operator.operatorJwt}"\nsystem_account: ${publicOf(operator.system.seed)}\nresolver: MEMORY\nresolver_preload { ${accounts} }` });
});
afterAll(async () => {
  for (const connection of open) await connection.close();
  await server[Symbol.asyncDispose]();
});

interface Who {
  readonly role: Role | "joiner";
  /** Of the roles that are cut by pool. */
  readonly pool?: PoolName;
}

async function connect({ role, pool: own = pool }: Who, key: KeyPair, jwt?: string): Promise<{ connection: Connection; refused: Set<string> }> {
  const signer = role === "joiner" ? trust.signers.joiner : trust.signers.keys.find((one) => one.role === role && (one.pool === undefined || one.pool === own))?.seed;
  return watch(key, jwt ?? (await mintScopedUser({ account: trust.signers.account, signer: signer ?? "", user: key.publicKey, name: "test" })), key.publicKey as PublicKey);
}

async function watch(key: KeyPair, jwt: string, inboxOf?: PublicKey): Promise<{ connection: Connection; refused: Set<string> }> {
  const connection = await connectOnce({ urls: [server.url], name: "test", login: { kind: "jwt", jwt, key }, inboxOf });
  open.push(connection);
  const refused = new Set<string>();
  void (async () => {
    for await (const { permissionContext } of connection.status() as AsyncIterable<{ permissionContext?: { operation: string; subject: string; queue?: string } }>) {
      if (permissionContext === undefined) continue;
      const { operation, subject, queue } = permissionContext;
      refused.add(operation === "publish" ? `publish ${subject}` : `${queue === undefined ? "subscribe" : "queue"} ${subject}`);
    }
  })();
  return { connection, refused };
}

/** Each verb and view in all its forms, what nodes and registry say, inboxes, and what belongs to the server. */
function allSubjects(self: PublicKey): string[] {
  const requests = Object.keys(NODE_CONTRACTS).flatMap((verb) => [
    ...[pool, gpu, "*" as const].flatMap((where) => [self, someNode, "*" as const].flatMap((node) => [self, stranger, "*" as const].map((caller) => subjects.request(fleet, where, node, verb, caller)))),
    subjects.request(elsewhere, pool, someNode, verb, self),
  ]);
  const more = [pool, gpu, "*" as const].flatMap((where) => [self, someNode, "*" as const].flatMap((node) => [subjects.request(fleet, where, node, "*", self), subjects.request(fleet, where, node, "*", "*"), `f1.${fleet}.rq.${where}.${node}.>`]));
  const queries = [...Object.keys(REGISTRY_CONTRACTS), "*"].flatMap((view) => [self, stranger, "*" as const, ">" as never].flatMap((caller) => [subjects.query(fleet, view, caller), subjects.query(elsewhere, view, caller)]));
  const said = [fleet, elsewhere].flatMap((name) =>
    [self, stranger, "*" as const, ">" as never].flatMap((key) => [subjects.beat(name, key), subjects.event(name, key, "node-changed"), subjects.event(name, key, "*"), subjects.ping(name, key), subjects.trust(name, key), `f1.${name}.ev.${key}`]),
  );
  const inboxes = [self, stranger, "*"].flatMap((key) => [`_I.${key}.x`, `_I.${key}.x.y`, `_I.${key}.*`, `_I.${key}.>`]);
  const wild = [">", "*", "*.>", "f1.>", "f1.*.>", `f1.${fleet}.>`, `f1.${fleet}.rq.>`, `f1.${fleet}.rq.*.*.*.*`, `f1.${fleet}.all.>`, `f1.${fleet}.q.>`, "_I.>", "_INBOX.>", "_INBOX.x", "anything"];
  return [...new Set([...requests, ...more, ...queries, ...said, ...inboxes, ...wild, ...SERVERS])];
}
const SERVERS = [
  "$JS.API.>", "$JS.API.INFO", "$JS.API.STREAM.LIST", "$JS.API.CONSUMER.CREATE.nodes", "$JS.API.CONSUMER.CREATE.KV_nodes.x", "$JS.API.CONSUMER.DURABLE.CREATE.KV_nodes.x", "$JS.API.CONSUMER.MSG.NEXT.KV_nodes.x",
  "$JS.ACK.x", "$JS.FC.x", "$KV.nodes.x", "$KV.register.x", "$SYS.>", "$SYS.REQ.SERVER.PING", "$SYS.REQ.CLAIMS.UPDATE", "$SYS.REQ.ACCOUNT.PING.CONNZ", "$SYS.ACCOUNT.*.CONNECT", "$SYS.ACCOUNT.>",
];

const PEOPLE: readonly string[] = ["viewer", "operator", "admin"];
const mayAsk = (contract: Contract | undefined, role: string) => contract !== undefined && contract.reach !== "socket" && (contract.roles as readonly string[]).includes(role);

function mayPublish({ role, pool: own = pool }: Who, self: string, subject: string): boolean {
  const [f1, name, kind, one, two, three, four, ...rest] = subject.split(".");
  if (f1 !== "f1" || name !== fleet || rest.length > 0) return false;
  switch (kind ?? "") {
    case "rq":
      return four === self && two !== ">" && mayAsk((NODE_CONTRACTS as Record<string, Contract>)[three ?? ""], role) && ((role !== "ci" && role !== "node") || one === own);
    case "q":
      // The registry answers views; it asks none.
      return two === self && three === undefined && role !== "registry" && (role === "joiner" ? one === "enroll" : mayAsk((REGISTRY_CONTRACTS as Record<string, Contract>)[one ?? ""], role));
    case "hb":
      return role === "node" && one === self && two === undefined;
    case "ev":
      return role === "node" && one === self && two !== undefined && two !== ">" && three === undefined;
    case "all":
      return two === self && three === undefined && (one === "ping" ? role === "node" || PEOPLE.includes(role) : one === "trust" && role === "registry");
    default:
      return false;
  }
}

function maySubscribe({ role, pool: own = pool }: Who, self: string, subject: string): boolean {
  const [first, name, kind, one, two, three, four, ...rest] = subject.split(".");
  if (first === "_I") return name === self && kind !== undefined;
  if (first !== "f1" || name !== fleet) return false;
  const single = (token: string | undefined) => token !== undefined && token !== ">";
  // nats-server takes a `>` where the allowed pattern ends in `*`. What that adds are longer subjects, and there are none of these.
  const last = (token: string | undefined) => token !== undefined;
  const hears = PEOPLE.includes(role) || role === "registry";
  switch (kind ?? "") {
    case "rq":
      return role === "node" && one === own && two === self && single(three) && last(four) && rest.length === 0;
    case "q":
      return role === "registry" && Object.hasOwn(REGISTRY_CONTRACTS, one ?? "") && last(two) && three === undefined;
    case "hb":
      return (hears || role === "node") && last(one) && two === undefined;
    case "ev":
      return hears && one !== undefined;
    case "all":
      return last(two) && three === undefined && (one === "ping" ? role === "node" : one === "trust" && (role === "node" || role === "registry"));
    default:
      return false;
  }
}

/** Tries every cell and holds what was refused against what was to be. */
async function tryAll({ connection, refused }: { connection: Connection; refused: Set<string> }, all: readonly string[], may: { publish: (subject: string) => boolean; subscribe: (subject: string) => boolean }): Promise<void> {
  const wanted = new Set([
    ...all.filter((subject) => !may.publish(subject)).map((subject) => `publish ${subject}`),
    ...all.filter((subject) => !may.subscribe(subject)).flatMap((subject) => [`subscribe ${subject}`, `queue ${subject}`]),
  ]);
  for (const subject of all) connection.publish(subject, "x");
  await connection.flush();
  // One at a time: the number of subscriptions is limited too.
  for (const subject of all) {
    connection.subscribe(subject, { callback: () => undefined }).unsubscribe();
    connection.subscribe(subject, { queue: "thieves", callback: () => undefined }).unsubscribe();
  }
  await connection.flush();
  await waitFor("all refusals", () => refused.size >= wanted.size, 10_000).catch(() => undefined);
  expect([...refused].filter((cell) => !wanted.has(cell)), "refused, but allowed by the contracts").toEqual([]);
  expect([...wanted].filter((cell) => !refused.has(cell)), "let through, but not allowed").toEqual([]);
  expect(connection.isClosed()).toBe(false);
}

const EVERYBODY: readonly Who[] = [
  { role: "viewer" }, { role: "operator" }, { role: "admin" }, { role: "registry" }, { role: "joiner" },
  { role: "ci", pool }, { role: "ci", pool: gpu }, { role: "node", pool }, { role: "node", pool: gpu },
];

describe.each(EVERYBODY)("$role $pool", (who) => {
  it("may do exactly what the contracts say", async () => {
    const key = createKeyPair("user");
    const self = key.publicKey as PublicKey;
    await tryAll(await connect(who, key), allSubjects(self), { publish: (subject) => mayPublish(who, self, subject), subscribe: (subject) => maySubscribe(who, self, subject) });
  }, 30_000);

  it("gains nothing by a name or tags that are wildcards", async () => {
    const key = createKeyPair("user");
    const self = key.publicKey as PublicKey;
    const signer = who.role === "joiner" ? trust.signers.joiner : (trust.signers.keys.find((one) => one.role === who.role && (one.pool === undefined || one.pool === (who.pool ?? pool)))?.seed ?? "");
    const jwt = await encodeUser("*", key.publicKey, trust.signers.account, { tags: ["*", ">", "name:>", "pool:*", "role:admin"] } as never, { signer, scopedUser: true });
    const all = allSubjects(self).filter((subject) => !subject.includes(".rq.") || subject.includes("session-launch") || subject.includes("node-drain") || subject.includes(">"));
    await tryAll(await connect(who, key, jwt), all, { publish: (subject) => mayPublish(who, self, subject), subscribe: (subject) => maySubscribe(who, self, subject) });
  }, 30_000);

  it("makes no JetStream consumer, and reads no stream", async () => {
    const { connection } = await connect(who, createKeyPair("user"));
    await expect(connection.jetstreamManager({ timeout: 500 })).rejects.toThrow();
    await expect(connection.jetstream({ timeout: 500 }).views.kv("nodes", { bindOnly: true }).then((bucket) => bucket.get("x"))).rejects.toThrow();
  });
});

describe("the hub's own service users", () => {
  const covered = (patterns: readonly string[]) => (subject: string) => patterns.some((pattern) => (pattern.endsWith(">") ? subject.startsWith(pattern.slice(0, -1)) : pattern.replace(/\*$/, "") === subject.replace(/[^.]*$/, "") + (pattern.endsWith("*") ? "" : (subject.split(".").at(-1) ?? ""))));
  it.each([
    ["of the store", () => trust.services.store, ["$JS.API.>", "$KV.>", "$JS.ACK.>", "$JS.FC.>"], ["_INBOX.>"]],
    ["of the server's events", () => trust.services.system, [], []],
    ["that pushes accounts", () => trust.operator.claimsUser, ["$SYS.REQ.CLAIMS.UPDATE"], ["_INBOX.>"]],
  ] as const)("the one %s may do its own work only", async (_which, of, publish, subscribe) => {
    const { jwt, seed } = of();
    const key = keyPairFromSeed(seed);
    await tryAll(await watch(key, jwt), allSubjects(key.publicKey as PublicKey), { publish: covered(publish), subscribe: covered(subscribe) });
  }, 30_000);

  it("events are those of the fleet's account alone", async () => {
    const { jwt, seed } = trust.services.system;
    const { connection, refused } = await watch(keyPairFromSeed(seed), jwt);
    connection.subscribe(`$SYS.ACCOUNT.${trust.signers.account}.CONNECT`, { callback: () => undefined });
    connection.subscribe(`$SYS.ACCOUNT.${publicOf(trust.operator.store.seed)}.CONNECT`, { callback: () => undefined });
    await waitFor("the refusal", () => refused.size > 0);
    expect([...refused]).toEqual([`subscribe $SYS.ACCOUNT.${publicOf(trust.operator.store.seed)}.CONNECT`]);
  });
});

describe("answers", () => {
  it("of a node are for what it was asked, once each, and never go to an inbox of its choice", async () => {
    const nodeKey = createKeyPair("user");
    const node = await connect({ role: "node" }, nodeKey);
    const caller = createKeyPair("user");
    const { connection } = await connect({ role: "operator" }, caller);
    const bystander = createKeyPair("user");
    const { connection: listening } = await connect({ role: "viewer" }, bystander);
    const overheard: string[] = [];
    listening.subscribe(`_I.${bystander.publicKey}.>`, { callback: (_error, message) => overheard.push(message?.subject ?? "") });
    await listening.flush();
    node.connection.subscribe(subjects.request(fleet, pool, nodeKey.publicKey as PublicKey, "*", "*"), {
      callback: (_error, message) => {
        message.respond("first");
        message.respond("second");
        node.connection.publish(`_I.${bystander.publicKey}.x`, "for somebody else");
      },
    });
    await node.connection.flush();
    const answer = await connection.request(subjects.request(fleet, pool, nodeKey.publicKey as PublicKey, "session-list", caller.publicKey as PublicKey), "x", { timeout: 3_000 });
    expect(answer.string()).toBe("first");
    await waitFor("both refusals", () => node.refused.size === 2);
    expect([...node.refused].every((cell) => cell.startsWith("publish _I."))).toBe(true);
    await listening.flush();
    expect(overheard).toEqual([]);
  });
});

describe("credentials", () => {
  it("that ask for more than their role, or are for another's key, are refused", async () => {
    const key = createKeyPair("user");
    const viewer = trust.signers.keys.find(({ role }) => role === "viewer")?.seed ?? "";
    const greedy = await encodeUser("x", key.publicKey, trust.signers.account, { pub: { allow: [">"], deny: [] } }, { signer: viewer });
    await expect(connect({ role: "viewer" }, key, greedy)).rejects.toMatchObject({ code: "nats-denied" });
    const stolen = await mintScopedUser({ account: trust.signers.account, signer: viewer, user: createKeyPair("user").publicKey, name: "x" });
    await expect(connect({ role: "viewer" }, key, stolen)).rejects.toMatchObject({ code: "nats-denied" });
    await expect(connectOnce({ urls: [server.url], name: "x", login: { kind: "none" } })).rejects.toMatchObject({ code: "nats-denied" });
    const late = await mintScopedUser({ account: trust.signers.account, signer: viewer, user: key.publicKey, name: "x", expires: Math.floor(Date.now() / 1000) - 5 });
    await expect(connect({ role: "viewer" }, key, late)).rejects.toMatchObject({ code: "nats-denied" });
  });
});
