// The fleet's history over real NATS servers: two registries, nodes with real histories, and faults between the events.
import { cpSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventList, EventRecord, REGISTRY_CONTRACTS, subjects, type EventPage, type EventPosition, type EventQuery } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair } from "@fleetwire/shared/keys";
import { counts, waitFor } from "@fleetwire/shared/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, connectOnce, openFleetLink, type Connection, type FleetLink } from "../../fleet/index.ts";
import { fleet, linkDeps, silent, testNode } from "../../fleet/test-node.ts";
import { isListening, startNats, type TestNats } from "../../fleet/testing.ts";
import { createHistory } from "../../node/history.ts";
import { openStore } from "../../store/index.ts";
import { runRegistry } from "../index.ts";
import { session } from "../test-sessions.ts";

let cleanups: (() => PromiseLike<unknown>)[];
beforeEach(() => {
  cleanups = [];
});
afterEach(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
});

async function nats(jetstream = true): Promise<TestNats> {
  const server = await startNats({ jetstream });
  cleanups.push(() => server[Symbol.asyncDispose]());
  return server;
}

function registry(server: TestNats) {
  const stateDir = mkdtempSync(join(tmpdir(), "fwy-"));
  let end = () => Promise.resolve();
  const start = async () => {
    const stop = new AbortController();
    let running: Promise<void> = Promise.resolve();
    await new Promise<void>((ready) => {
      running = runRegistry({ stateDir, plain: { urls: [server.url], fleet }, signal: stop.signal, log: silent, onReady: ready });
    });
    end = async () => {
      stop.abort();
      await running;
    };
  };
  cleanups.push(async () => {
    await end();
    rmSync(stateDir, { recursive: true, force: true });
  });
  return { start, end: () => end() };
}

/** A node with a history of its own: what it says is kept, then told. */
function node(server: TestNats, name: string) {
  const directory = mkdtempSync(join(tmpdir(), "fwo-"));
  const store = openStore(directory);
  const history = createHistory(store.events);
  const base = testNode(name);
  const listening = { ...base, lastEvent: () => store.events.last().seq };
  const dispatch = {
    call(verb: string, body: unknown) {
      if (verb === "node-get") return Promise.resolve(base.record());
      if (verb === "session-list") return Promise.resolve({ sessions: [], more: false, rev: base.rev() });
      if (verb === "event-list") return history.page(eventList.input.parse(body));
      return Promise.reject(new FleetError("not-supported", verb));
    },
  };
  const deps = linkDeps(listening, { urls: [server.url], open: true }, { dispatch });
  let link: FleetLink | undefined = openFleetLink(deps);
  let said = 0;
  cleanups.push(async () => {
    await link?.[Symbol.asyncDispose]();
    store[Symbol.dispose]();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    name,
    key: base.key.publicKey,
    ready: () => link?.ready(10_000),
    say(times = 1) {
      for (let n = 0; n < times; n++) {
        said++;
        const event = EventRecord.parse({ kind: "session-ended", node: name, key: base.key.publicKey, at: new Date().toISOString(), session: session(name, said, { state: "exited" }) });
        base.emit(history.add(event, Date.now()));
      }
    },
    said: () => said,
    drain: () => base.change({ draining: true }),
    async leave() {
      await link?.[Symbol.asyncDispose]();
      link = undefined;
    },
    comeBack: () => (link = openFleetLink(deps)),
  };
}
type Node = ReturnType<typeof node>;

/** Somebody who asks, over as many connections as it takes. */
function asker(server: TestNats) {
  const key = createKeyPair("user");
  let connection: Connection | undefined;
  cleanups.push(() => connection?.close() ?? Promise.resolve());
  return async (query: EventQuery): Promise<EventPage> => {
    if (connection === undefined || connection.isClosed()) connection = await connectOnce({ urls: [server.url], name: "test", login: { kind: "none" }, inboxOf: key.publicKey as PublicKey });
    const answer = await ask(connection, { subject: subjects.query(fleet, "events", key.publicKey as PublicKey), target: "registry", verb: "events", body: query, key, signers: "any", timeoutMs: 3_000 });
    return REGISTRY_CONTRACTS.events.output.parse(answer);
  };
}

/** Follows from the beginning until it is ended, through whatever happens. */
function follower(server: TestNats) {
  const page = asker(server);
  const heard: { readonly position: EventPosition; readonly event: EventRecord }[] = [];
  const gaps: string[] = [];
  let after: EventPosition | undefined;
  let over = false;
  const running = (async () => {
    while (!over) {
      try {
        const { events, next, gap } = await page({ after, waitMs: 500, limit: 20 });
        if (gap !== undefined) gaps.push(gap.reason);
        heard.push(...events);
        after = next;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  })();
  cleanups.push(() => {
    over = true;
    return running;
  });
  return { heard, gaps, of: ({ key }: Node) => heard.filter(({ event }) => event.key === key && event.session !== undefined).map(({ event }) => event.session?.id) };
}

const all = (count: number) => Array.from({ length: count }, (_, n) => n + 1);

describe("the fleet's history", () => {
  it("two registries, NATS and nodes that come and go: everybody hears each event once, in each node's order", async () => {
    const server = await nats();
    const registries = [registry(server), registry(server)] as const;
    for (const one of registries) await one.start();
    const nodes = ["a", "b", "c"].map((name) => node(server, name));
    for (const one of nodes) await one.ready();
    const [first, second] = [follower(server), follower(server)];
    const faults = [
      () => Promise.resolve(),
      async () => {
        await registries[0].end();
        nodes.forEach((one) => one.say(3));
        await registries[0].start();
      },
      async () => {
        await Promise.all(registries.map((one) => one.end()));
        nodes.forEach((one) => one.say(3));
        await Promise.all(registries.map((one) => one.start()));
      },
      async () => {
        // Ended, not killed: a killed server may lose what it has acknowledged, which begins another epoch.
        const pid = server.pid() as number;
        process.kill(pid, "SIGTERM");
        nodes.forEach((one) => one.say(5));
        await waitFor("the server has ended", async () => !(await isListening(server.port)));
        await server.restart();
      },
      async () => {
        const [gone] = nodes as [Node];
        await gone.leave();
        gone.say(4);
        gone.comeBack();
      },
    ];
    for (let round = 0; round < counts(6, 60); round++) {
      nodes.forEach((one) => one.say(1 + Math.floor(Math.random() * 30)));
      await (faults[round < faults.length ? round : Math.floor(Math.random() * faults.length)] as () => Promise<void>)();
      nodes.forEach((one) => one.say(2));
    }
    for (const one of nodes) {
      await waitFor(`${one.name}'s events`, () => first.of(one).length >= one.said() && second.of(one).length >= one.said(), 30_000);
      expect(first.of(one)).toEqual(all(one.said()));
    }
    await waitFor("the same end", () => first.heard.at(-1)?.position.seq === second.heard.at(-1)?.position.seq);
    expect(second.heard).toEqual(first.heard);
    expect([...first.gaps, ...second.gaps]).toEqual([]);
  }, counts(120_000, 600_000));

  it("a lost JetStream is another epoch, which is said, and filled from the nodes", async () => {
    const server = await nats();
    const one = registry(server);
    await one.start();
    const box = node(server, "box");
    await box.ready();
    box.say(10);
    const page = asker(server);
    const sessions = (found: EventPage) => found.events.flatMap(({ event }) => event.session?.id ?? []);
    const before = await waitFor("ten", async () => {
      const found = await page({});
      return sessions(found).length === 10 && found;
    });
    await one.end();
    await server.kill();
    rmSync(join(server.directory, "js"), { recursive: true });
    await server.restart();
    await one.start();
    box.say(2);
    const after = await waitFor("all twelve again", async () => {
      const found = await page({});
      return sessions(found).length === 12 && found;
    }, 20_000);
    expect(after.epoch).not.toBe(before.epoch);
    expect(sessions(after)).toEqual(all(12));
    const resumed = await page({ after: before.next });
    expect(resumed.gap).toMatchObject({ reason: "epoch", from: { epoch: before.epoch } });
    expect(sessions(resumed)).toEqual([11, 12]);
  }, 60_000);

  it("a server that lost what it had stored last: another epoch, the same for both registries, and nothing is missing", async () => {
    const server = await nats();
    for (const one of [registry(server), registry(server)]) await one.start();
    const box = node(server, "box");
    await box.ready();
    const page = asker(server);
    const sessions = (found: EventPage) => found.events.flatMap(({ event }) => event.session?.id ?? []);
    const has = (count: number) => waitFor(`${count} events`, async () => {
      const found = await page({}).catch(() => undefined);
      return found !== undefined && sessions(found).length === count && found;
    }, 20_000);
    const files = join(server.directory, "js");
    box.say(5);
    await has(5);
    await server.kill();
    cpSync(files, `${files}.before`, { recursive: true });
    await server.restart();
    await box.ready();
    box.say(5);
    const { epoch } = await has(10);
    await server.kill();
    rmSync(files, { recursive: true });
    renameSync(`${files}.before`, files);
    await server.restart();
    box.say(5);
    const after = await waitFor("all of them under another epoch", async () => {
      const found = await page({}).catch(() => undefined);
      return found !== undefined && found.epoch !== epoch && sessions(found).length === 15 && found;
    }, 30_000);
    expect(sessions(after)).toEqual(all(15));
    await waitFor("both say the same", async () => new Set(await Promise.all(Array.from({ length: 10 }, async () => (await page({ tail: 0 })).epoch))).size === 1, 20_000);
  }, 120_000);

  it("without JetStream it begins anew with the registry, and says so", async () => {
    const server = await nats(false);
    const one = registry(server);
    await one.start();
    const box = node(server, "box");
    await box.ready();
    const page = asker(server);
    box.say(3);
    const before = await waitFor("three", async () => {
      const found = await page({});
      return found.events.filter(({ event }) => event.session !== undefined).length === 3 && found;
    });
    await one.end();
    box.say(1);
    await one.start();
    // The node's next word tells that there is something to ask for.
    box.say(1);
    const again = await waitFor("all five", async () => {
      const found = await page({});
      return found.events.filter(({ event }) => event.session !== undefined).length === 5 && found;
    }, 20_000);
    expect(again.epoch).not.toBe(before.epoch);
    expect((await page({ after: before.next })).gap?.reason).toBe("epoch");
  }, 60_000);

  it("tells what becomes of a node, once for two registries", async () => {
    const server = await nats();
    const registries = [registry(server), registry(server)];
    for (const one of registries) await one.start();
    const box = node(server, "box");
    await box.ready();
    const { heard } = follower(server);
    const states = () => heard.flatMap(({ event }) => event.presence ?? []);
    await waitFor("it is live", () => states().includes("live"));
    await box.leave();
    await waitFor("it is suspected", () => states().includes("suspect"));
    box.drain();
    box.comeBack();
    await waitFor("it is live again, and drained", () => states().includes("drained") && states().filter((state) => state === "live").length === 2);
    expect(states().filter((state) => state !== "drained")).toEqual(["live", "suspect", "live"]);
    expect(states().filter((state) => state === "drained")).toHaveLength(1);
  }, 60_000);

  it("a follower that doesn't read costs the others nothing, and later finds all of it", async () => {
    const server = await nats();
    const one = registry(server);
    await one.start();
    const box = node(server, "box");
    await box.ready();
    const page = asker(server);
    const { next } = await page({ tail: 0 });
    const reader = follower(server);
    for (let n = 0; n < 20; n++) {
      box.say(50);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await waitFor("the quick one has all", () => reader.of(box).length === 1_000, 30_000);
    const late: (number | undefined)[] = [];
    for (let after = next; ; ) {
      const found = await page({ after });
      late.push(...found.events.flatMap(({ event }) => (event.session === undefined ? [] : [event.session.id])));
      after = found.next;
      if (!found.more) break;
    }
    expect(late).toEqual(all(1_000));
  }, 60_000);
});
