// The registry of a real hub: several at once, dead and back, its store gone under it, forged beats, clocks that are wrong, and
// nodes as a NATS micro service (BARS R7, S9, FEATURES F15).
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { subjects, type Beat } from "@fleetwire/shared/bus";
import { beatPeriodFor } from "@fleetwire/shared/domain";
import type { FleetName, PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair, signDocument, type KeyPair } from "@fleetwire/shared/keys";
import { BadLink, counts, waitFor } from "@fleetwire/shared/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { nodeCredentials } from "../bench/simulator/credentials.ts";
import { connectOnce, openFleetLink, type Connection } from "../node-agent/src/fleet/index.ts";
import { linkDeps, testNode } from "../node-agent/src/fleet/test-node.ts";
import { bundlePrograms, HubInParts, type Programs } from "./hub-in-parts.ts";

const NODES = counts(60, 1_000);
const FLEET = "default" as FleetName;
let programs: Programs;
let hub: HubInParts;
beforeAll(async () => {
  programs = await bundlePrograms();
});
afterAll(() => programs.remove());
afterEach(() => hub[Symbol.asyncDispose]());

const total = async (connection: Connection) => (await hub.view(connection, "sessions", { limit: 1 })).total;

describe("registries", () => {
  it("two answer alike; one that died and one whose store was deleted have every row, with its age", { timeout: 90_000 }, async () => {
    hub = await HubInParts.start(programs, 2);
    const simulator = await (await hub.simulate(NODES, { sessions: 2 })).ready();
    const connection = await hub.connect();
    // Any of the two answers: many times the same in a row is both.
    const alike = (what: string, wanted: number) => waitFor(what, async () => (await Promise.all(Array.from({ length: 20 }, () => total(connection)))).every((one) => one === wanted), 30_000);
    await alike("both to know all", NODES * 2);
    await simulator.tell("change");
    await waitFor("both to have heard the change", async () => (await Promise.all(Array.from({ length: 20 }, () => hub.view(connection, "sessions", { limit: 500 })))).every(({ sessions }) => sessions.filter(({ id, outputBytes }) => id === 1 && outputBytes === 123_457).length === Math.min(NODES, 250)), 30_000);

    // All nodes go, then both registries; what comes back knows them by its store.
    await simulator.kill();
    await sleep(1_500);
    await hub.killRegistry();
    await hub.killRegistry();
    await hub.startRegistry();
    await alike("the rows found again", NODES * 2);
    const { nodes } = await hub.view(connection, "nodes", { limit: 1_000 });
    expect(nodes.length).toBe(NODES);
    expect(nodes.every(({ state, ageMs }) => state === "suspect" && ageMs >= 1_000)).toBe(true);
    await connection.close();
  });

  it("the store's directory deleted under a running server costs nothing that nodes still say", { timeout: 90_000 }, async () => {
    hub = await HubInParts.start(programs);
    const simulator = await (await hub.simulate(NODES, { sessions: 2 })).ready();
    const first = await hub.connect();
    await waitFor("all", async () => (await total(first)) === NODES * 2, 30_000);
    const { streams } = await hub.objects();
    expect(streams).toBeGreaterThan(0);
    rmSync(join(hub.directory, "nats", "jetstream"), { recursive: true, force: true });
    await simulator.tell("change");
    expect(await total(first)).toBe(NODES * 2);
    await first.close();
    await hub.killNats();
    await hub.killRegistry();
    await hub.startNats();
    await hub.startRegistry();
    const second = await hub.connect();
    await waitFor("all again, from the nodes themselves", async () => (await total(second).catch(() => 0)) === NODES * 2, 60_000);
    // And it is kept again.
    await waitFor("a new store", async () => (await hub.objects()).streams === streams, 20_000);
    await second.close();
  });
});

describe("what a node may say", () => {
  const beatOf = (key: KeyPair, more: Partial<Beat>) => JSON.stringify(signDocument("fleet.beat.1", { v: 1, name: "box", pool: "default", inst: "i", epoch: Date.now(), seq: 1, rev: 0, load: 0, run: 0, total: 0, ...more }, key));

  it("another's beat or event is refused by NATS, and by the registry too; old ones freshen nothing; its clock doesn't matter", { timeout: 60_000 }, async () => {
    hub = await HubInParts.start(programs);
    const owner = await hub.connect();
    const credentials = nodeCredentials(hub.home.stateDir);
    const [node, rogue] = [createKeyPair("user"), createKeyPair("user")];
    const dial = (key: KeyPair) => connectOnce({ urls: [`nats://127.0.0.1:${hub.natsPort}`], name: "test", login: { kind: "jwt", jwt: credentials(key.publicKey, "box").jwt, key }, inboxOf: key.publicKey as PublicKey });
    const [its, rogues] = [await dial(node), await dial(rogue)];
    const subject = subjects.beat(FLEET, node.publicKey as PublicKey);
    const box = async () => (await hub.view(owner, "nodes", {})).nodes[0];
    await waitFor("the registry", async () => (await hub.view(owner, "nodes", {}).catch(() => undefined)) !== undefined);

    // A day ahead, then a day behind after a restart: ages are the registry's.
    const first = beatOf(node, { epoch: Date.now() + 86_400_000 });
    its.publish(subject, first);
    await waitFor("the node", async () => (await box())?.state === "live");
    expect((await box())?.ageMs).toBeLessThan(5_000);
    // The same beat again, for as long as one likes, makes it no younger.
    const before = Date.now();
    for (let again = 0; again < 20; again++) {
      its.publish(subject, first);
      await sleep(20);
    }
    await its.flush();
    expect((await box())?.ageMs).toBeGreaterThanOrEqual(Date.now() - before - 50);

    // NATS doesn't carry what another node signs, or says.
    const refusals: string[] = [];
    void (async () => {
      for await (const { type, data } of rogues.status()) if (type === "error") refusals.push(JSON.stringify(data));
    })();
    const age = (await box())?.ageMs ?? 0;
    rogues.publish(subject, beatOf(rogue, { seq: 2 }));
    rogues.publish(subject, first);
    rogues.publish(subjects.event(FLEET, node.publicKey as PublicKey, "node-leaving"), "{}");
    await waitFor("three refusals", () => refusals.length === 3);
    // Under its own subject it may say what it likes, and isn't believed to be another.
    rogues.publish(subjects.beat(FLEET, rogue.publicKey as PublicKey), first);
    rogues.publish(subjects.beat(FLEET, rogue.publicKey as PublicKey), beatOf(node, { seq: 9 }));
    rogues.publish(subjects.beat(FLEET, rogue.publicKey as PublicKey), beatOf(rogue, {}));
    await rogues.flush();
    const { nodes } = await hub.view(owner, "nodes", {});
    expect(nodes.map(({ key }) => key)).toEqual([node.publicKey]);
    expect(nodes[0]?.ageMs).toBeGreaterThanOrEqual(age);
    await Promise.all([its.close(), rogues.close(), owner.close()]);
  });
});

describe("a name that another took meanwhile", () => {
  it("is lost: the node that comes back serves nobody for long, and says who has it", { timeout: 60_000 }, async () => {
    hub = await HubInParts.start(programs);
    const owner = await hub.connect();
    await waitFor("the registry", async () => (await hub.view(owner, "nodes", {}).catch(() => undefined)) !== undefined);
    await using line = await BadLink.open({ port: hub.natsPort, host: "127.0.0.1" });
    const credentials = nodeCredentials(hub.home.stateDir);
    const open = (port: number) => {
      const node = testNode("box");
      return openFleetLink(linkDeps(node, { urls: [`nats://127.0.0.1:${port}`], credentials: credentials(node.key.publicKey, "box") }));
    };
    await using first = open(line.port);
    await first.ready(10_000);
    await waitFor("it to be known", async () => (await hub.view(owner, "nodes", {})).nodes[0]?.state === "live");
    line.down = true;
    await waitFor("its loss to be seen", async () => (await hub.view(owner, "nodes", {})).nodes[0]?.state === "suspect");
    await using second = open(hub.natsPort);
    await second.ready(10_000);
    line.down = false;
    await waitFor("the first to know", () => first.status().state === "conflict", 20_000);
    expect(first.status().detail).toContain("host-of-box");
    expect(second.status().state).toBe("connected");
    await owner.close();
  });
});

describe("nodes as a NATS micro service", () => {
  it("answer PING, INFO and STATS to whoever may ask, each by a handful of subscriptions of one connection", { timeout: 60_000 }, async () => {
    hub = await HubInParts.start(programs);
    const connection = await hub.connect();
    await waitFor("the registry", async () => (await hub.view(connection, "nodes", {}).catch(() => undefined)) !== undefined);
    const empty = await hub.objects();
    const simulator = await (await hub.simulate(NODES)).ready();
    const full = await hub.objects();
    expect(full.connections - empty.connections).toBe(NODES);
    expect((full.subscriptions - empty.subscriptions) / NODES).toBeLessThan(6.5);

    const client = connection.services.client({ maxWait: 1_000 } as never);
    const collect = async <T>(of: Promise<AsyncIterable<T>>) => {
      const all: T[] = [];
      for await (const one of await of) all.push(one);
      return all;
    };
    const pings = await collect(client.ping("fleet-node"));
    expect(pings.map(({ id }) => id).toSorted()).toEqual([...simulator.keys].toSorted());
    expect(pings[0]).toMatchObject({ name: "fleet-node", version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string, metadata: { name: expect.stringMatching(/^sim-/) as string, pool: "default", "label.kind": "gpu" } });
    const [id = ""] = simulator.keys;
    const [info] = await collect(client.info("fleet-node", id));
    expect(info).toMatchObject({ id, type: "io.nats.micro.v1.info_response", endpoints: [{ name: "requests" }] });
    await hub.change(connection, id, "0123456789abcdefghijkl", 5_000);
    const [stats] = await collect(client.stats("fleet-node", id));
    // The registry has asked it, too.
    expect(stats).toMatchObject({ id, endpoints: [{ num_errors: 0 }] });
    expect(stats?.endpoints?.[0]?.num_requests).toBeGreaterThan(0);
    expect(stats?.endpoints?.[0]?.processing_time).toBeGreaterThan(0);
    await connection.close();
  });
});

describe("the period of the beats", () => {
  it("grows with the fleet so that a registry hears about 300 a second, within bounds", () => {
    expect([0, 1, 1_000, 3_000, 10_000, 100_000].map(beatPeriodFor)).toEqual([10_000, 10_000, 10_000, 10_000, 33_334, 60_000]);
  });
});
