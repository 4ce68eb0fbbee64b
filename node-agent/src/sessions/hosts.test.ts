// Several hosts on one node: how sessions are spread, and what one that crashes or hangs takes with it.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { PartStatus } from "@fleetwire/shared/bus";
import { waitFor } from "@fleetwire/shared/testing";
import { bundleAgent, isAlive, TestAgent } from "../test-agent.ts";
import { Connector, listenerOf, view } from "./test-viewer.ts";

let bundle: Awaited<ReturnType<typeof bundleAgent>>;
let a: TestAgent;
beforeAll(async () => {
  bundle = await bundleAgent();
});
afterAll(() => bundle[Symbol.dispose]());
beforeEach(() => {
  a = new TestAgent(bundle.program);
  mkdirSync(join(a.home, "config"), { mode: 0o700 });
  writeFileSync(join(a.home, "config/config.toml"), "[sessions]\nper_host = 3\n", { mode: 0o600 });
});
afterEach(() => a[Symbol.asyncDispose]());

const sh = (script: string) => ({ command: ["sh", "-c", script], cwd: "/" });
const SLEEP = sh("sleep 700");
const get = async (id: number) => (await a.ask("session-get", { session: { id } })).session;
type Shown = PartStatus & { host: NonNullable<PartStatus["host"]>; pid: number };
const hosts = async () => (await a.ask("agent-status")).parts.filter((part): part is Shown => part.host !== undefined);
const printed = (id: number) => {
  const dir = join(a.home, "state/sessions", String(id));
  return readdirSync(dir).filter((name) => name.endsWith(".log")).map((name) => readFileSync(join(dir, name), "utf8")).join("");
};
const pidsIn = async (id: number, count: number) => {
  const found = await waitFor(`${count} pids of session ${id}`, () => {
    const all = [...printed(id).matchAll(/P(\d+)E/g)].map(([, pid]) => Number(pid));
    return all.length >= count && all;
  });
  return found;
};
const hostOf = (id: number) => (JSON.parse(readFileSync(join(a.home, "state/sessions", String(id), "life.json"), "utf8")) as { hostId: string }).hostId;
const pidOfHost = (hostId: string) => a.hosts().find((host) => host.hostId === hostId)?.pid ?? 0;

describe("shards", () => {
  it("a further host starts when the others are full, the least loaded gets the next session, and empty ones leave but for the first", async () => {
    await a.start();
    const first = await waitFor("the first host", async () => (await hosts())[0]?.host.id);
    const ids = (await Promise.all(Array.from({ length: 7 }, () => a.ask("session-launch", SLEEP)))).map(({ id }) => id);
    expect((await hosts()).map(({ host }) => host.sessions).toSorted((a, b) => a - b)).toEqual([1, 3, 3]);
    const full = ids.filter((id) => hostOf(id) === first);
    expect(full).toHaveLength(3);
    await a.ask("session-kill", { sessions: full.slice(0, 2).map((id) => ({ id })), graceMs: 200 });
    const [x, y] = [await a.ask("session-launch", SLEEP), await a.ask("session-launch", SLEEP)];
    expect((await hosts()).map(({ host }) => host.sessions).toSorted((a, b) => a - b)).toEqual([2, 2, 3]);
    expect([hostOf(x.id), hostOf(y.id)]).toContain(first);
    await a.ask("session-kill", { filter: {}, graceMs: 200 });
    await waitFor("the others have left", async () => (await hosts()).length === 1);
    expect((await hosts())[0]?.host).toMatchObject({ id: first, sessions: 0, current: true });
    expect((await a.ask("session-launch", SLEEP)).state).toBe("running");
  });

  it("are shown with pid, version, build, sessions and memory", async () => {
    await a.start();
    await a.ask("session-launch", SLEEP);
    const [part] = await hosts();
    expect(part).toMatchObject({ state: "running", pid: a.hosts()[0]?.pid, host: { id: a.hosts()[0]?.hostId, build: expect.stringMatching(/^[0-9a-f]{8}$/) as string, current: true, sessions: 1 } });
    expect(part?.host.memoryBytes).toBeGreaterThan(20e6);
    expect(part?.detail).toMatch(/^\d+\.\d+\.\d+ build [0-9a-f]{8}, 1 session, \d+ MB$/);
  });

  it("every host's sessions are reached through the one address, and a restarted agent knows all of them", async () => {
    await a.start();
    const ids = (await Promise.all(Array.from({ length: 5 }, (_, n) => a.ask("session-launch", sh(`echo i am ${n}; cat`))))).map(({ id }) => id);
    expect(new Set(ids.map(hostOf)).size).toBe(2);
    await a.end("SIGKILL");
    await a.start();
    expect((await hosts()).map(({ host }) => host.sessions).toSorted((a, b) => a - b)).toEqual([2, 3]);
    for (const [n, id] of ids.entries()) {
      const viewer = await view(a, id, { kind: "attach", mode: "lossless", from: 0 });
      await viewer.prints(`i am ${n}`);
      viewer.cut();
    }
  });
});

describe("a host that is killed", () => {
  it("takes its own sessions only, at once; what ignores the hang-up is ended, files and groups are removed, policies apply", async () => {
    await a.start();
    const url = await listenerOf(a);
    await using connector = new Connector(url);
    const stubborn = await a.ask("session-launch", sh("trap '' HUP TERM; echo P$$E; setsid sh -c 'trap \"\" HUP TERM; echo P$$E; while :; do sleep 0.1; done' & setsid env -i /bin/sh -c 'trap \"\" HUP TERM; echo P$$E; while :; do /bin/sleep 0.1; done' & while :; do sleep 0.1; done"));
    const plain = await a.ask("session-launch", sh("echo P$$E; sleep 701 & echo P$!E; wait"));
    const again = await a.ask("session-launch", { ...sh("echo P$$E; trap '' HUP; while :; do sleep 0.1; done"), restart: "always" });
    const other = await a.ask("session-launch", sh("echo P$$E; cat"));
    const victims = [stubborn.id, plain.id, again.id];
    const doomed = hostOf(stubborn.id);
    expect([...victims.map(hostOf), hostOf(other.id)]).toEqual([doomed, doomed, doomed, expect.not.stringMatching(doomed)]);
    const pids = (await Promise.all([pidsIn(stubborn.id, 3), pidsIn(plain.id, 2), pidsIn(again.id, 1)])).flat();
    const viewer = await view(a, plain.id);
    const groups = victims.map((id) => (JSON.parse(readFileSync(join(a.home, "state/sessions", String(id), "life.json"), "utf8")) as { group?: string }).group);

    const from = performance.now();
    process.kill(pidOfHost(doomed), "SIGKILL");
    await waitFor("they are lost", async () => (await Promise.all(victims.map(get))).every(({ state }) => state === "lost"));
    expect(performance.now() - from).toBeLessThan(1_000);
    expect((await get(other.id)).state).toBe("running");
    await waitFor("the viewer's connection ends", () => viewer.closeCode !== undefined);
    const seen = await view(a, plain.id);
    expect(await seen.until("exit")).toMatchObject({ state: "lost" });
    const elsewhere = await view(a, other.id);
    elsewhere.type(0, Buffer.from("still here\r"));
    await elsewhere.prints("still here");

    await waitFor("its policy has brought it back", async () => (await get(again.id)).state === "running");
    await waitFor("nothing of them is left", () => pids.every((pid) => !isAlive(pid)));
    expect(readdirSync(join(a.home, "run/hosts")).filter((name) => name.startsWith(doomed) && !name.endsWith(".log"))).toEqual([]);
    await waitFor("their groups are removed", () => !groups.some((group) => group !== undefined && existsSync(group)));
    expect((await a.ask("session-launch", SLEEP)).state).toBe("running");
    expect(connector.failures.filter((said) => said === "ECONNREFUSED")).toEqual([]);
    elsewhere.cut();
  });

  it("while the agent is away: found at its next start, with what it left behind", async () => {
    await a.start();
    const { id } = await a.ask("session-launch", sh("trap '' HUP TERM; echo P$$E; setsid sh -c 'trap \"\" HUP TERM; echo P$$E; while :; do sleep 0.1; done' & while :; do sleep 0.1; done"));
    const pids = await pidsIn(id, 2);
    await a.end("SIGKILL");
    process.kill(a.hosts()[0]?.pid ?? 0, "SIGKILL");
    await a.start();
    expect((await get(id)).state).toBe("lost");
    await waitFor("nothing of it is left", () => pids.every((pid) => !isAlive(pid)));
    const { group } = JSON.parse(readFileSync(join(a.home, "state/sessions", String(id), "life.json"), "utf8")) as { group?: string };
    await waitFor("its group is removed", () => group === undefined || !existsSync(group));
  });

  it("and whose session's number is a stranger's by now: the stranger is left alone", async () => {
    await a.start();
    const { id } = await a.ask("session-launch", SLEEP);
    const stranger = await a.ask("session-launch", sh("setsid env -i /bin/sh -c 'echo P$$E; exec /bin/sleep 702'"));
    const [pid = 0] = await pidsIn(stranger.id, 1);
    await a.end("SIGKILL");
    for (const host of a.hosts()) process.kill(host.pid, "SIGKILL");
    const path = join(a.home, "state/sessions", String(id), "life.json");
    const { group, ...life } = JSON.parse(readFileSync(path, "utf8")) as { group?: string };
    writeFileSync(path, JSON.stringify({ ...life, pid, pidStart: "1" }));
    const other = join(a.home, "state/sessions", String(stranger.id), "life.json");
    const { group: strangers } = JSON.parse(readFileSync(other, "utf8")) as { group?: string };
    writeFileSync(other, "{}");
    await a.start();
    expect((await get(id)).state).toBe("lost");
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, "SIGKILL");
    await waitFor("it is gone", () => !isAlive(pid));
    for (const one of [group, strangers]) if (one !== undefined) rmdirSync(one);
  });
});

describe("a node that was started from inside a session", () => {
  it("doesn't end with it", async () => {
    await a.start();
    await using inner = new TestAgent(bundle.program);
    const { id } = await a.ask("session-launch", sh(`env -u FLEET_SESSION_EPOCH FLEET_HOME=${inner.home} FLEET_LISTEN=127.0.0.1:0 setsid -f ${process.execPath} ${bundle.program}; sleep 706`));
    await waitFor("the inner node answers", async () => existsSync(inner.socket) && (await inner.raw("node-get", {})).status === 200);
    const { pid } = await inner.ask("agent-status");
    const session = await inner.ask("session-launch", SLEEP);
    await a.ask("session-kill", { sessions: [{ id }], graceMs: 100 });
    expect([pid, session.pid ?? 0, ...inner.hosts().map((host) => host.pid)].every(isAlive)).toBe(true);
    await inner.ask("agent-stop", { sessions: true, graceMs: 100 });
    await waitFor("the inner node has stopped", () => !isAlive(pid));
  });
});

describe("a host that hangs", () => {
  it("is noticed and said; other hosts' sessions, new ones and the terminal address work; it goes on when it can", async () => {
    await a.start();
    const url = await listenerOf(a);
    const ids = (await Promise.all(Array.from({ length: 4 }, () => a.ask("session-launch", sh("cat"))))).map(({ id }) => id);
    const first = hostOf(ids[0] ?? 0);
    const other = ids.find((id) => hostOf(id) !== first) ?? 0;
    const stuck = pidOfHost(first);
    process.kill(stuck, "SIGSTOP");
    try {
      const shown = await waitFor("it is said", async () => (await hosts()).find(({ host, state }) => host.id === first && state === "failed"));
      expect(shown.detail).toMatch(/has not answered for \d+ s/);
      const from = performance.now();
      expect((await a.ask("session-list")).sessions).toHaveLength(4);
      await expect(a.ask("session-kill", { sessions: [{ id: ids[0] as never }], graceMs: 100 })).resolves.toMatchObject({ failed: [{ code: "host-unreachable" }] });
      const young = await a.ask("session-launch", sh("cat"));
      expect(hostOf(young.id)).not.toBe(first);
      expect(performance.now() - from).toBeLessThan(1_500);
      expect(await listenerOf(a)).toBe(url);
      for (const id of [other, young.id]) {
        const viewer = await view(a, id);
        viewer.type(0, Buffer.from("works\r"));
        await viewer.prints("works");
        viewer.cut();
      }
    } finally {
      process.kill(stuck, "SIGCONT");
    }
    await waitFor("it answers again", async () => (await hosts()).every(({ state }) => state === "running"));
    expect((await get(ids[0] ?? 0)).state).toBe("running");
    expect((await a.ask("session-kill", { sessions: [{ id: ids[0] as never }], graceMs: 200 })).killed).toHaveLength(1);
  });
});

describe("SIGTERM to a host, as at a shutdown", () => {
  it("ends its sessions with what they have to say, within 5 s; their ends are known after a reboot", async () => {
    await a.start();
    const polite = await a.ask("session-launch", sh("trap 'echo saved; exit 5' TERM; echo P$$E; while :; do sleep 0.05; done"));
    const deaf = await a.ask("session-launch", sh("trap '' TERM HUP; echo P$$E; while :; do sleep 0.05; done"));
    const kept = await a.ask("session-launch", { ...sh("echo P$$E; sleep 703"), restart: "always" });
    const pids = (await Promise.all([polite.id, deaf.id, kept.id].map((id) => pidsIn(id, 1)))).flat();
    const [host] = a.hosts();
    await a.end("SIGTERM");
    const from = performance.now();
    process.kill(host?.pid ?? 0, "SIGTERM");
    await waitFor("it has left", () => !isAlive(host?.pid ?? 0));
    expect(performance.now() - from).toBeLessThan(5_000);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(readdirSync(join(a.home, "run/hosts")).filter((name) => !name.endsWith(".log"))).toEqual([]);
    await a.start();
    expect(await get(polite.id)).toMatchObject({ state: "exited", exit: { code: 5 } });
    expect(await get(deaf.id)).toMatchObject({ state: "killed", exit: { signal: "SIGKILL" } });
    expect(printed(polite.id)).toContain("saved");
    await waitFor("the policy brought it back", async () => (await get(kept.id)).state === "running");
  });

  it("after a reboot numbers mean nothing: sessions are lost or come back, and logs are read", async () => {
    await a.start();
    const lost = await a.ask("session-launch", sh("echo before the reboot; sleep 704"));
    const kept = await a.ask("session-launch", { ...sh("echo life; sleep 705"), restart: "on-failure" });
    await waitFor("both have printed", () => printed(lost.id).includes("reboot") && printed(kept.id).includes("life"));
    const [host] = a.hosts();
    const file = join(a.home, "run/hosts", `${host?.hostId}.json`);
    const left = readFileSync(file, "utf8");
    await a.end("SIGKILL");
    process.kill(host?.pid ?? 0, "SIGKILL");
    await waitFor("it is gone", () => !isAlive(host?.pid ?? 0));
    // The numbers belong to somebody else on the machine that has come up: this test.
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(left) as object), pid: process.pid }), { mode: 0o600 });
    for (const { id } of [lost, kept]) {
      const path = join(a.home, "state/sessions", String(id), "life.json");
      writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, "utf8")) as object), pid: process.pid }));
    }
    await a.start();
    expect(await get(lost.id)).toMatchObject({ state: "lost" });
    await waitFor("the policy brought it back", async () => (await get(kept.id)).state === "running");
    const viewer = await view(a, lost.id, { kind: "log", start: { beginning: true }, follow: false });
    await viewer.until("end");
    expect(viewer.text).toContain("before the reboot");
  });
});
