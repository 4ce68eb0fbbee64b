// A fleet whose server dies, is cut off and comes back, and nodes that die in three ways (BARS R7, R17). The server, its
// accounts and the registry are real, and so are the nodes' connections; only their terminals are not.
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { BadLink, counts, FarNetwork, waitFor } from "@fleetwire/shared/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Connection } from "../node-agent/src/fleet/index.ts";
import { bundlePrograms, HubInParts, type Programs, type ServerObjects, type Simulator } from "./hub-in-parts.ts";

const NODES = counts(120, 1_000);
const RESTARTS = counts(2, 20);
/** All are online again within this after the healing. */
const BACK_MS = 15_000;
const LONG_TEST = counts(90_000, 600_000);

let programs: Programs;
let hub: HubInParts;
beforeAll(async () => {
  programs = await bundlePrograms();
});
afterAll(() => programs.remove());
beforeEach(async () => {
  hub = await HubInParts.start(programs);
});
afterEach(() => hub[Symbol.asyncDispose]());

async function allOnline(simulators: readonly Simulator[], timeoutMs: number): Promise<number> {
  const from = performance.now();
  await waitFor("every node online", async () => (await Promise.all(simulators.map((one) => one.tell("counters")))).every(({ online }, at) => online === simulators[at]?.nodes), timeoutMs);
  return performance.now() - from;
}

const statesOf = async (connection: Connection, first: number, nodes: number) => {
  const all = (await hub.view(connection, "nodes", { limit: 1_000, ...(first === 0 ? {} : { after: `sim-${String(first - 1).padStart(5, "0")}` }) })).nodes;
  return all.slice(0, nodes).map(({ state }) => state);
};

/** Changes of random nodes, each asked for again under its id until it is answered, also while there is no server. */
function traffic(keys: readonly string[]) {
  const answered: string[] = [];
  const stop = new AbortController();
  let opened: Promise<Connection> | undefined;
  /** One for all, made anew when it is over. */
  const open = async (): Promise<Connection> => {
    const known = await opened?.catch(() => undefined);
    if (known?.isClosed() === false) return known;
    opened = opening ??= hub.connect().finally(() => (opening = undefined));
    return opening;
  };
  let opening: Promise<Connection> | undefined;
  const one = async () => {
    const id = randomBytes(16).toString("base64url");
    const node = keys[Math.floor(Math.random() * keys.length)] ?? "";
    for (;;) {
      try {
        await hub.change(await open(), node, id, 1_000);
        return void answered.push(id);
      } catch {
        await sleep(100);
      }
    }
  };
  const running = Promise.all(
    Array.from({ length: 8 }, async () => {
      while (!stop.signal.aborted) await one();
    }),
  );
  return {
    answered,
    async end() {
      stop.abort();
      await running;
      await (await opened)?.close();
    },
  };
}

describe("a server that dies or can't be reached (R7)", () => {
  it(`${NODES} nodes are back soon, leave nothing behind, run no command twice; a real session goes on`, { timeout: LONG_TEST }, async () => {
    await using line = await BadLink.open({ port: hub.natsPort, host: "127.0.0.1" });
    const simulators = [await hub.simulate(NODES, { sessions: 1, port: line.port })];
    const keys = (await Promise.all(simulators.map((one) => one.ready()))).flatMap((one) => one.keys);
    const real = await hub.realNode(line.port);
    const target = await real.ok("launch", "--", "sh", "-c", "i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done");
    const connection = await hub.connect();
    await waitFor("the registry to know all", async () => (await hub.view(connection, "sessions", { limit: 1 })).total === NODES + 1, 60_000);
    await connection.close();
    const quiet = async () => {
      await allOnline(simulators, BACK_MS);
      await waitFor("the real node", async () => (await real.json<{ state: string; name: string }[]>("nodes")).some(({ name, state }) => name === "real" && state === "live"), BACK_MS);
      return hub.objects();
    };
    const before = await quiet();
    const commands = traffic(keys);
    await waitFor("commands under way", () => commands.answered.length > 50, 30_000);

    for (let restart = 0; restart < RESTARTS; restart++) {
      await hub.killNats();
      // Every other time the registry dies with it.
      if (restart % 2 === 1) await hub.killRegistry();
      await sleep(Math.random() * 1_000);
      await hub.startNats();
      if (restart % 2 === 1) await hub.startRegistry();
      expect(await allOnline(simulators, BACK_MS)).toBeLessThan(BACK_MS);
    }
    // Nobody gets through for a while.
    line.down = true;
    await sleep(2_000);
    line.down = false;
    expect(await allOnline(simulators, BACK_MS)).toBeLessThan(BACK_MS);

    const sofar = commands.answered.length;
    await waitFor("commands as before", () => commands.answered.length > sofar + 50, 30_000);
    await commands.end();
    const counters = await Promise.all(simulators.map((one) => one.tell("counters")));
    expect(counters.flatMap(({ twice }) => twice)).toEqual([]);
    expect(counters.reduce((sum, { executed }) => sum + executed, 0)).toBe(commands.answered.length);
    await waitFor("no server object more than before", async () => {
      const now = await hub.objects();
      return (Object.keys(before) as (keyof ServerObjects)[]).every((kind) => now[kind] <= before[kind]);
    }, 30_000);
    const printed = (await real.ok("logs", target)).split(/\r?\n/).map(Number);
    expect(printed).toEqual(printed.map((_, at) => at + 1));
    expect((await real.json<{ target: string; state: string }[]>("ls")).find((session) => session.target === target)?.state).toBe("running");
  });

  it("a network that falls apart: whoever was away is back soon after it heals", { timeout: LONG_TEST }, async ({ skip }) => {
    using far = FarNetwork.open();
    if (far === undefined) return skip("no network namespaces here");
    const simulators = [await hub.simulate(Math.ceil(NODES / 2)), await hub.simulate(Math.floor(NODES / 2), { first: NODES, far })];
    await Promise.all(simulators.map((one) => one.ready()));
    const before = await hub.objects();
    far.pull();
    await sleep(counts(3_000, 60_000));
    expect((await simulators[0]?.tell("counters"))?.online).toBe(Math.ceil(NODES / 2));
    far.plug();
    expect(await allOnline(simulators, BACK_MS)).toBeLessThan(BACK_MS);
    await waitFor("half-open connections to be gone", async () => (await hub.objects()).connections <= before.connections, 40_000);
  });

  it("a watcher that doesn't read holds up nobody", { timeout: LONG_TEST }, async () => {
    const simulator = await (await hub.simulate(NODES, { sessions: 1 })).ready();
    const watcher = await hub.connect();
    for (const subject of ["f1.default.ev.>", "f1.default.hb.*"]) watcher.subscribe(subject, { callback: () => undefined });
    await watcher.flush();
    // Its socket is paused under the client: the kernel's buffers fill, then the server's.
    const { socket } = (watcher as unknown as { protocol: { transport: { socket: Socket } } }).protocol.transport;
    socket.pause();
    const connection = await hub.connect();
    const changes = counts(20, 200);
    for (let change = 0; change < changes; change++) await simulator.tell("change");
    await waitFor("the last change of every node", async () => (await hub.view(connection, "sessions", { limit: 500 })).sessions.every(({ outputBytes }) => outputBytes === 123_456 + changes), 30_000);
    await hub.change(connection, simulator.keys[0] ?? "", randomBytes(16).toString("base64url"), 5_000);
    await Promise.all([watcher.close(), connection.close()]);
  });
});

describe("a node's death is noticed (R17)", () => {
  it("killed within 1 s, frozen within 25 s, cut off within 35 s; who lives stays live", { timeout: LONG_TEST }, async () => {
    await using line = await BadLink.open({ port: hub.natsPort, host: "127.0.0.1" });
    const each = counts(40, 250);
    const groups = await Promise.all([hub.simulate(each), hub.simulate(each, { first: each }), hub.simulate(each, { first: 2 * each }), hub.simulate(each, { first: 3 * each, port: line.port })]);
    const [, killed, frozen] = groups as [Simulator, Simulator, Simulator, Simulator];
    await Promise.all(groups.map((one) => one.ready()));
    const connection = await hub.connect();
    await waitFor("all live", async () => (await Promise.all([0, 1, 2, 3].map((at) => statesOf(connection, at * each, each)))).flat().filter((state) => state === "live").length === 4 * each, 30_000);
    const noticed = async (group: number, atMost: number) => {
      const from = performance.now();
      await waitFor(`group ${group} suspected`, async () => (await statesOf(connection, group * each, each)).every((state) => state !== "live"), atMost + 10_000);
      expect(performance.now() - from).toBeLessThan(atMost);
    };
    await killed.kill();
    await noticed(1, 1_000);
    frozen.freeze();
    line.silent = true;
    await Promise.all([noticed(2, 25_000), noticed(3, 35_000)]);
    expect(new Set(await statesOf(connection, 0, each))).toEqual(new Set(["live"]));
    // They come back by themselves.
    frozen.thaw();
    line.silent = false;
    await waitFor("all but the killed live", async () => (await Promise.all([0, 2, 3].map((at) => statesOf(connection, at * each, each)))).flat().every((state) => state === "live"), 60_000);
    await connection.close();
  });
});
