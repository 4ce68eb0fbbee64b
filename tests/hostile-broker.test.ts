// The broker itself is the attacker: it sees all, and delivers what it likes to a real node and to the CLI (BARS S11, R18).
import { randomBytes, randomInt } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openReply, sealReply, sealRequest, subjects, type Credentials, type Role } from "@fleetwire/shared/bus";
import type { FleetName, NodeName, OperationId, PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair, type KeyPair, type Signed } from "@fleetwire/shared/keys";
import { counts, waitFor } from "@fleetwire/shared/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Fleet } from "../fleet-cli/src/client/nats/index.ts";
import { testHome, type TestHome } from "../node-agent/src/hub/test-home.ts";
import { mintScopedUser, readSigners } from "../node-agent/src/registry/index.ts";
import { HostileBroker, type Published, type Victim } from "./hostile-broker.ts";
import { isAlive, Machine } from "./machines.ts";

const TRIES = counts(3_000, 100_000);
const DELIVERIES = counts(1_500, 10_000);
const LONG_TEST = counts(90_000, 900_000);
const FLEET = "default" as FleetName;

let broker: HostileBroker;
let home: TestHome;
let machine: Machine;
let node: string;
let admin: KeyPair;
let adminJwt: string;
/** All that the node published, but beats and events. */
let answers: Published[];

beforeAll(async () => {
  broker = await HostileBroker.listen();
  home = testHome(["true"]);
  await home.hub.init({ natsPort: broker.port });
  writeFileSync(join(home.stateDir, "node.nk"), `${home.nodeKey.seed}\n`, { mode: 0o600 });
  node = home.nodeKey.publicKey;
  const caller = home.caller();
  admin = caller.key;
  adminJwt = caller.credentials.jwt;
  listen();
  machine = new Machine(home.directory);
  await machine.ok("up", "--name", "real");
  await serving();
}, 60_000);
afterAll(async () => {
  await machine.fleet("down", "--sessions", "--yes");
  await broker[Symbol.asyncDispose]();
  await home.dispose();
});

function listen(): void {
  answers = [];
  broker.onPublish = (message) => {
    if (message.reply !== undefined) message.from.nobody(message.reply);
    else if (!/\.(hb|ev)\./.test(message.subject)) answers.push(message);
  };
}

const victim = (): Victim => broker.victim(/\.rq\./) as Victim;
async function serving(): Promise<void> {
  await waitFor("the node to serve", () => victim() !== undefined, 30_000);
}
const inbox = (key: string, token = "x") => `_I.${key}.${token}`;
const subjectOf = (verb: string, caller: string, target = node) => subjects.request(FLEET, "default" as never, target as PublicKey, verb, caller as PublicKey);
const newId = () => randomBytes(16).toString("base64url") as OperationId;

interface Sealing {
  readonly key?: KeyPair;
  readonly jwt?: string;
  readonly target?: string;
  readonly id?: OperationId;
  readonly issued?: number;
  readonly deadline?: number;
}
function sealed(verb: string, body: unknown, { key = admin, jwt = adminJwt, target = node, id = newId(), issued = Date.now(), deadline = issued + 30_000 }: Sealing = {}): string {
  return sealRequest({ id, issued, deadline, target, verb, body }, key, jwt);
}

/** A true request, delivered once. @returns the result */
async function ask(verb: string, body: unknown): Promise<unknown> {
  const id = newId();
  victim().deliver(subjectOf(verb, admin.publicKey), sealed(verb, body, { id }), inbox(admin.publicKey, id));
  await waitFor(`the answer to ${verb}`, () => answers.some(({ subject }) => subject.endsWith(id)));
  return openReply(answers.find(({ subject }) => subject.endsWith(id))?.data ?? "", id, [node]);
}

/** Requests that the node has counted, and those of them that it refused. */
async function stats(): Promise<{ all: number; refused: number }> {
  const token = newId();
  victim().deliver(`$SRV.STATS.fleet-node.${node}`, "", inbox(admin.publicKey, token));
  await waitFor("the figures", () => answers.some(({ subject }) => subject.endsWith(token)));
  const { endpoints } = JSON.parse(answers.find(({ subject }) => subject.endsWith(token))?.data ?? "") as { endpoints: { num_requests: number; num_errors: number }[] };
  return { all: endpoints[0]?.num_requests ?? 0, refused: endpoints[0]?.num_errors ?? 0 };
}

async function user(role: Role): Promise<{ key: KeyPair; jwt: string }> {
  const signers = readSigners(join(home.stateDir, "hub"));
  const key = createKeyPair("user");
  return { key, jwt: await mintScopedUser({ account: signers.account, signer: signers.keys.find((one) => one.role === role)?.seed ?? "", user: key.publicKey, name: role }) };
}

describe("a hostile broker (S11)", () => {
  it(`${TRIES} forged, altered, redirected and swapped requests start nothing and learn nothing`, { timeout: LONG_TEST }, async () => {
    const pwned = join(home.directory, "pwned");
    const evil = { command: ["touch", pwned] };
    const harmless = { command: ["sleep", "1000"] };
    const viewer = await user("viewer");
    const rogue = createKeyPair("user");
    const account = createKeyPair("account");
    const rogueJwt = await mintScopedUser({ account: account.publicKey, signer: createKeyPair("account").seed, user: rogue.publicKey, name: "admin" });
    // What it saw in good times: true requests, for this node and for another.
    const elsewhere = createKeyPair("user").publicKey;
    const lasting = { deadline: Date.now() + 9 * 60_000 };
    const captured = { launch: sealed("session-launch", harmless, lasting), list: sealed("session-list", {}, lasting), other: sealed("session-launch", evil, { target: elsewhere, ...lasting }), viewers: sealed("session-list", {}, { ...viewer, ...lasting }) };
    const part = (text: string) => JSON.parse(text) as Signed;
    const jwtParts = adminJwt.split(".");
    const altered = (text: string) => {
      const at = randomInt(text.length);
      return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << randomInt(7))) + text.slice(at + 1);
    };
    const toAdmin = inbox(admin.publicKey);
    const launch = (key: string) => subjectOf("session-launch", key);
    type Try = readonly [subject: string, data: string, reply: string];
    const KINDS: Readonly<Record<string, () => Try>> = {
      "another signer": () => [launch(admin.publicKey), sealRequest({ id: newId(), issued: Date.now(), deadline: Date.now() + 1e4, target: node, verb: "session-launch", body: evil }, { ...rogue, publicKey: admin.publicKey }, adminJwt), toAdmin],
      "a key of nobody's with the admin's credential": () => [launch(rogue.publicKey), sealed("session-launch", evil, { key: rogue }), inbox(rogue.publicKey)],
      "a credential of another account": () => [launch(rogue.publicKey), sealed("session-launch", evil, { key: rogue, jwt: rogueJwt }), inbox(rogue.publicKey)],
      "no credential": () => [launch(rogue.publicKey), sealRequest({ id: newId(), issued: Date.now(), deadline: Date.now() + 1e4, target: node, verb: "session-launch", body: evil }, rogue), inbox(rogue.publicKey)],
      "a credential with another subject": () => {
        const claims = JSON.parse(Buffer.from(jwtParts[1] ?? "", "base64url").toString()) as object;
        const jwt = [jwtParts[0], Buffer.from(JSON.stringify({ ...claims, sub: rogue.publicKey })).toString("base64url"), jwtParts[2]].join(".");
        return [launch(rogue.publicKey), sealed("session-launch", evil, { key: rogue, jwt }), inbox(rogue.publicKey)];
      },
      "another body under a true signature": () => [launch(admin.publicKey), JSON.stringify({ ...part(captured.launch), p: part(captured.launch).p.replace('"sleep","1000"', `"touch",${JSON.stringify(pwned)}`) }), toAdmin],
      "two signatures swapped": () => [launch(admin.publicKey), JSON.stringify({ ...part(captured.launch), s: part(captured.list).s }), toAdmin],
      "a true request under another verb": () => [launch(admin.publicKey), captured.list, toAdmin],
      "another node's request": () => [launch(admin.publicKey), captured.other, toAdmin],
      "another node's request under its own subject": () => [subjectOf("session-launch", admin.publicKey, elsewhere), captured.other, toAdmin],
      "another caller's request": () => [subjectOf("session-list", admin.publicKey), captured.viewers, toAdmin],
      "a deadline that has passed": () => [launch(admin.publicKey), sealed("session-launch", evil, { issued: Date.now() - 60_000, deadline: Date.now() - 1 - randomInt(50_000) }), toAdmin],
      "a request of tomorrow": () => [launch(admin.publicKey), sealed("session-launch", evil, { issued: Date.now() + 86_400_000 }), toAdmin],
      "a deadline in a year": () => [launch(admin.publicKey), sealed("session-launch", evil, { deadline: Date.now() + 31e9 }), toAdmin],
      "the answer to somebody else": () => [subjectOf("session-list", admin.publicKey), captured.list, inbox(rogue.publicKey)],
      "the answer as another node's request": () => [subjectOf("session-list", admin.publicKey), captured.list, subjectOf("session-launch", admin.publicKey, elsewhere)],
      "the answer to a stream": () => [subjectOf("session-list", admin.publicKey), captured.list, "$JS.API.STREAM.CREATE.x"],
      "the answer to many": () => [subjectOf("session-list", admin.publicKey), captured.list, inbox(admin.publicKey, ">")],
      "no answer wanted": () => [launch(admin.publicKey), sealed("session-launch", evil), ""],
      "bits turned": () => [launch(admin.publicKey), altered(captured.launch), toAdmin],
      "the end cut off": () => [launch(admin.publicKey), captured.launch.slice(0, randomInt(captured.launch.length)), toAdmin],
      noise: () => [launch(admin.publicKey), randomBytes(randomInt(1, 400)).toString("latin1"), toAdmin],
    };
    const kinds = Object.values(KINDS);
    const before = await stats();
    const from = answers.length;
    for (let tried = 0; tried < TRIES; tried++) {
      const [subject, data, reply] = (kinds[tried % kinds.length] as () => Try)();
      victim().deliver(subject, data, reply, true);
      if (tried % 500 === 499) await stats();
    }
    await waitFor("every try refused and counted", async () => (await stats()).refused - before.refused >= TRIES, 60_000);
    for (const { subject, data } of answers.slice(from)) {
      expect(subject).toMatch(/^_I\./);
      const body = JSON.parse(data) as Signed | { type: string };
      // The figures that were asked for.
      if ("type" in body) continue;
      expect(JSON.parse(body.p)).toMatchObject({ from: node, error: { code: expect.any(String) as string } });
      expect(body.p).not.toMatch(/"result"/);
    }
    // A viewer is heard, and may not: no process either.
    victim().deliver(launch(viewer.key.publicKey), sealed("session-launch", evil, viewer), inbox(viewer.key.publicKey, "viewer"));
    await waitFor("the viewer's answer", () => answers.some(({ subject }) => subject.endsWith(".viewer")));
    expect(answers.at(-1)?.data).toContain("denied");
    expect(existsSync(pwned)).toBe(false);
    expect(await machine.json<unknown[]>("ls")).toEqual([]);
    // And what is true still runs, once, however often it comes.
    for (let again = 0; again < 200; again++) victim().deliver(launch(admin.publicKey), captured.launch, toAdmin);
    await ask("session-list", {});
    await waitFor("the one session", async () => (await machine.json<{ state: string }[]>("ls")).some(({ state }) => state === "running"));
    expect(await machine.json<unknown[]>("ls")).toHaveLength(1);
    await machine.ok("kill", "--all", "--yes");
  });

  it("the CLI believes no answer but the asked node's own", { timeout: LONG_TEST }, async () => {
    const credentials: Credentials = home.caller().credentials;
    const registry = JSON.parse(readFileSync(join(home.stateDir, "hub", "registry", "credentials.json"), "utf8")) as Credentials;
    const rogue = createKeyPair("user");
    const fleet = await Fleet.open({ own: "0.1.0", note: () => undefined }, { urls: credentials.facts.urls, fleet: FLEET, key: admin, credentials });
    const forged = { nodes: [], more: false, total: 0 };
    const earlier = sealReply({ id: "earlier", at: Date.now(), result: forged }, home.nodeKey);
    let kind = 0;
    const FORGERIES: readonly ((id: string) => string)[] = [
      (id) => sealReply({ id, at: Date.now(), result: forged }, rogue),
      (id) => sealReply({ id, at: Date.now(), result: forged }, { ...rogue, publicKey: registry.key }),
      // A node of the fleet is not its registry.
      (id) => sealReply({ id, at: Date.now(), result: forged }, home.nodeKey),
      () => earlier,
      (id) => JSON.stringify({ ...(JSON.parse(earlier) as Signed), p: (JSON.parse(earlier) as Signed).p.replace("earlier", id) }),
      () => "{}",
      () => randomBytes(40).toString("latin1"),
    ];
    broker.onPublish = ({ from, reply, data, subject }) => {
      if (reply === undefined) return void (/\.(hb|ev)\./.test(subject) || answers.push({ from, subject, reply, data }));
      const { id } = JSON.parse((JSON.parse(data) as Signed).p) as { id: string };
      from.deliver(reply, FORGERIES[kind % FORGERIES.length]?.(id) ?? "");
    };
    const tries = counts(140, 7_000);
    for (; kind < tries; kind++) {
      await expect(fleet.node("real" as NodeName)).rejects.toMatchObject({ code: expect.stringMatching(/^bad-(signature|input)$/) as string });
    }
    kind = 0;
    const { code, stdout, stderr } = await machine.fleet("nodes", "--json");
    expect(stdout).toBe("");
    expect(stderr).toContain("not signed by the one that was asked");
    expect(code).not.toBe(0);
    await fleet[Symbol.asyncDispose]();
    listen();
  });
});

describe("commands on a line that repeats, delays and reorders (R18)", () => {
  it(`${DELIVERIES} deliveries: each id runs at most once and never late, also across a killed agent`, { timeout: LONG_TEST }, async () => {
    const file = join(home.directory, "ran");
    rmSync(file, { force: true });
    const { id: sessionId } = (await ask("session-launch", { command: ["sh", "-c", `stty -echo; exec cat > ${file}`] })) as { id: number };
    const session = { id: sessionId };
    await sleep(500);
    const ids = Array.from({ length: Math.ceil(DELIVERIES / 15) }, (_, at) => ({ id: newId(), at, late: at % 5 === 4 }));
    const requests = ids.map(({ id, late }) => {
      const issued = Date.now();
      return { id, late, data: sealed("session-send", { session, text: id, enter: true }, { id, issued, deadline: late ? issued + 20 : issued + 300_000 }) };
    });
    // The late ones' time is over before anything is delivered.
    await sleep(100);
    let delivered = 0;
    const deliver = async (until: number) => {
      while (delivered < until) {
        const one = requests[randomInt(requests.length)];
        if (one === undefined || victim() === undefined) {
          await sleep(20);
          continue;
        }
        victim().deliver(subjectOf("session-send", admin.publicKey), one.data, inbox(admin.publicKey, "r18"));
        if (++delivered % 100 === 0) await sleep(randomInt(50));
      }
    };
    await deliver(DELIVERIES / 3);
    const agent = Number(readFileSync(join(home.stateDir, "agent.pid"), "utf8"));
    process.kill(agent, "SIGKILL");
    await waitFor("the agent's end", () => !isAlive(agent));
    const dead = victim();
    await machine.ok("up", "--name", "real");
    await waitFor("the node to serve again", () => victim() !== undefined && victim() !== dead, 30_000);
    await deliver(DELIVERIES);
    await stats();
    const timely = requests.filter(({ late }) => !late);
    const lines = () => readFileSync(file, "utf8").trim().split("\n");
    await waitFor("what runs to have run", () => lines().length >= timely.length - 1, 20_000);
    await sleep(500);
    const ran = lines();
    expect(new Set(ran).size).toBe(ran.length);
    const allowed = new Set<string>(timely.map(({ id }) => id));
    expect(ran.filter((id) => !allowed.has(id))).toEqual([]);
  });
});
