// The agent's life: one per state directory, sessions and hosts that outlive it, and what it finds when it comes back.
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { counts, waitFor } from "@fleetwire/shared/testing";
import { bundleAgent, isAlive, TestAgent } from "./test-agent.ts";

let bundle: Awaited<ReturnType<typeof bundleAgent>>;
let a: TestAgent;
beforeAll(async () => {
  bundle = await bundleAgent();
});
afterAll(() => bundle[Symbol.dispose]());
beforeEach(() => {
  a = new TestAgent(bundle.program);
});
afterEach(() => a[Symbol.asyncDispose]());

const sh = (script: string) => ({ command: ["sh", "-c", script], cwd: "/" });
const ended = (id: number) => waitFor(`session ${id} has ended`, async () => {
  const { session } = await a.ask("session-get", { session: { id } });
  return session.endedAt === null ? undefined : session;
});

describe("single instance", () => {
  it("a second agent is refused with the first one's pid, and the socket stays the first one's", async () => {
    await a.start();
    const second = await a.run();
    expect(second).toMatchObject({ code: 1, stderr: expect.stringMatching(new RegExp(`process ${a.pid}\n.*hint`, "s")) as string });
    expect((await a.ask("agent-status")).pid).toBe(a.pid);
  });

  it("of many started at once one stays, and every early request is answered by it", async () => {
    const many = counts(12, 50);
    const children = Array.from({ length: many }, () => a.spawn("ignore"));
    try {
      const exits = new Set<number>();
      for (const child of children) child.once("exit", (code) => exits.add(code ?? -1));
      await waitFor("all but one have left", () => children.filter((child) => child.exitCode === null).length === 1, 30_000);
      expect([...exits]).toEqual([1]);
      const [survivor] = children.filter((child) => child.exitCode === null);
      const sessions = await Promise.all(Array.from({ length: 10 }, () => a.ask("session-launch", sh("sleep 100"))));
      expect(new Set(sessions.map(({ id }) => id)).size).toBe(10);
      expect((await a.ask("agent-status")).pid).toBe(survivor?.pid);
      expect(a.hosts()).toHaveLength(1);
    } finally {
      for (const child of children) child.kill("SIGTERM");
    }
  });

  it("a stale socket file and a pid file that names a stranger don't matter, and the stranger gets no signal", async () => {
    const stranger = spawn("sleep", ["100"]);
    try {
      for (const directory of ["run", "state"]) mkdirSync(join(a.home, directory), { mode: 0o700 });
      writeFileSync(join(a.home, "run/agent.sock"), "");
      writeFileSync(join(a.home, "state/agent.pid"), `${stranger.pid}\n`);
      await a.start();
      await a.ask("agent-stop");
      await waitFor("the agent left", () => !isAlive(a.pid));
      expect(stranger.exitCode).toBeNull();
    } finally {
      stranger.kill("SIGKILL");
    }
  });
});

describe("what outlives the agent", () => {
  it("kill -9: sessions go on, and exits meanwhile are recorded", async () => {
    await a.start();
    const long = await a.ask("session-launch", { ...sh("trap 'echo still here' USR1; while :; do sleep 0.1; done"), name: "long" });
    const short = await a.ask("session-launch", sh("sleep 0.3; echo last words; exit 7"));
    const [host] = a.hosts();
    for (let round = 0; round < counts(3, 200); round++) {
      await a.end("SIGKILL");
      if (round === 0) await waitFor("the short one is over", () => !isAlive(short.pid ?? 0));
      await a.start();
    }
    expect(a.hosts()).toEqual([host]);
    expect((await a.ask("session-get", { session: { name: "long" } })).session).toMatchObject({ id: long.id, state: "running", pid: long.pid });
    expect((await a.ask("session-get", { session: { id: short.id } })).session).toMatchObject({ state: "exited", exit: { code: 7 }, outputBytes: 12 });
    const { killed } = await a.ask("session-kill", { sessions: [{ name: "long" }], graceMs: 200 });
    expect(killed[0]?.state).toBe("killed");
    expect(isAlive(long.pid ?? 0)).toBe(false);
  });

  it("SIGTERM ends the agent cleanly, and says nothing to sessions", async () => {
    await a.start();
    const { pid } = await a.ask("session-launch", sh("sleep 100"));
    const from = performance.now();
    expect(await a.end("SIGTERM")).toBe(0);
    expect(performance.now() - from).toBeLessThan(5_000);
    expect(isAlive(pid ?? 0)).toBe(true);
    expect(readdirSync(join(a.home, "run"))).not.toContain("agent.sock");
    await a.start();
    expect((await a.ask("session-list")).sessions).toMatchObject([{ state: "running", pid }]);
  });

  it("Ctrl-C and a signal to the agent's process group don't reach host and sessions", async () => {
    await a.start();
    const { pid } = await a.ask("session-launch", sh("sleep 100"));
    const groups = [a.pid, a.hosts()[0]?.pid ?? 0, pid ?? 0].map((one) => Number(readFileSync(`/proc/${one}/stat`, "utf8").replace(/^.*\) /, "").split(" ")[2]));
    expect(new Set(groups).size).toBe(3);
  });

  it("agent-stop with sessions ends everything and leaves no process", async () => {
    await a.start();
    const pids = await Promise.all([1, 2, 3].map(async () => (await a.ask("session-launch", sh("sleep 100"))).pid ?? 0));
    const host = a.hosts()[0]?.pid ?? 0;
    expect(await a.ask("agent-stop", { sessions: true, graceMs: 500 })).toEqual({ running: 0, killed: 3 });
    await waitFor("all are gone", () => [...pids, host, a.pid].every((pid) => !isAlive(pid)));
  });

  it("a reboot: sessions are lost, those with a policy come back once, ended ones keep their logs", async () => {
    await a.start();
    const lost = await a.ask("session-launch", sh("sleep 100"));
    const kept = await a.ask("session-launch", { ...sh("sleep 100"), restart: "always" });
    const over = await a.ask("session-launch", sh("echo done; exit 1"));
    await ended(over.id);
    const host = a.hosts()[0]?.pid ?? 0;
    await a.end("SIGKILL");
    process.kill(host, "SIGKILL");
    await waitFor("the host is gone", () => !isAlive(host));
    await a.start();
    expect((await a.ask("session-get", { session: { id: lost.id } })).session).toMatchObject({ state: "lost", exit: { reason: expect.any(String) as string }, activity: { state: "unknown" } });
    await waitFor("the policy brought it back", async () => (await a.ask("session-get", { session: { id: kept.id } })).session.state === "running");
    expect((await a.ask("session-list", {})).sessions.map(({ id, state }) => `${id} ${state}`)).toEqual([`${lost.id} lost`, `${kept.id} running`, `${over.id} exited`]);
    const { createAttachKey } = await import("@fleetwire/shared/wire");
    const view = await a.ask("session-view", { session: { id: over.id }, clientKey: createAttachKey().publicKey });
    expect(view).toMatchObject({ session: { outputBytes: 6 }, addresses: [{ kind: "unix", path: join(a.home, "run/hosts", `${a.hosts()[0]?.hostId}.sock`) }] });
  });

  it("a host that crashes under the agent: its sessions are lost at once, and the next launch works", async () => {
    await a.start();
    const { id } = await a.ask("session-launch", sh("sleep 100"));
    process.kill(a.hosts()[0]?.pid ?? 0, "SIGKILL");
    expect((await ended(id)).state).toBe("lost");
    expect((await a.ask("session-launch", sh("sleep 100"))).state).toBe("running");
  });
});

describe("another release", () => {
  it("starts its own host for new sessions; the old one keeps its sessions and leaves after the last", async () => {
    await a.start();
    const old = await a.ask("session-launch", sh("sleep 100"));
    const [host] = a.hosts();
    await a.end("SIGTERM");
    // The host as an older release left it.
    const file = join(a.home, "run/hosts", `${host?.hostId}.json`);
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, "utf8")) as object), version: "0.0.1" }));
    await a.start();
    const young = await a.ask("session-launch", sh("sleep 100"));
    expect(a.hosts()).toHaveLength(2);
    expect((await a.ask("session-list", { filter: { states: ["running"] } })).sessions.map(({ id, pid }) => [id, pid])).toEqual([[old.id, old.pid], [young.id, young.pid]]);
    await a.ask("session-kill", { sessions: [{ id: old.id }], graceMs: 100 });
    await waitFor("the old host left", () => !isAlive(host?.pid ?? 0));
    expect((await a.ask("session-get", { session: { id: old.id } })).session.state).toBe("killed");
    expect((await a.ask("session-get", { session: { id: young.id } })).session.state).toBe("running");
    await waitFor("the agent noticed", async () => (await a.ask("agent-status")).parts.filter(({ name }) => name.startsWith("pty-host")).length === 1);
  });
});

describe("a state directory that can't be written", () => {
  it("doesn't end sessions, and the agent goes on when it is back", async () => {
    await a.start();
    const { id, pid } = await a.ask("session-launch", sh("sleep 100"));
    const sessions = join(a.home, "state/sessions");
    renameSync(sessions, `${sessions}.away`);
    writeFileSync(sessions, "not a directory");
    const refused = await a.raw<{ state: string }>("session-launch", sh("sleep 100"));
    expect(refused.status === 200 ? refused.body.state : refused.body.error?.code).toMatch(/running|disk|launch-failed|log/);
    expect((await a.ask("session-get", { session: { id } })).session).toMatchObject({ state: "running", pid });
    rmSync(sessions);
    renameSync(`${sessions}.away`, sessions);
    expect((await a.ask("session-launch", sh("sleep 100"))).state).toBe("running");
  });
});

describe("the database", () => {
  const damages: [string, (state: string) => void, RegExp][] = [
    ["noise", (state) => {
      for (const suffix of ["", "-wal", "-shm"]) writeFileSync(join(state, `fleet.db${suffix}`), Buffer.alloc(9_000, "noise"));
    }, /damaged.*fleet\.db\.corrupt-/],
    ["what was written last cut off", (state) => {
      for (const suffix of ["-wal", "-shm"]) truncateSync(join(state, `fleet.db${suffix}`), 0);
      truncateSync(join(state, "fleet.db"), Math.min(statSync(join(state, "fleet.db")).size, 3_000));
    }, /the database was/],
    ["removed", (state) => {
      for (const name of readdirSync(state).filter((file) => file.startsWith("fleet.db"))) rmSync(join(state, name));
    }, /lost/],
  ];
  it.each(damages)("%s: it is rebuilt from what runs and from what was written beside the logs, and says so; ids go on", async (_what, damage, warning) => {
    await a.start();
    const running = await a.ask("session-launch", { ...sh("sleep 100"), name: "keeper", tags: ["x"] });
    const over = await a.ask("session-launch", sh("exit 4"));
    const removed = await a.ask("session-launch", sh("exit 0"));
    await ended(over.id);
    await ended(removed.id);
    await a.ask("session-rm", { sessions: [{ id: removed.id }] });
    await a.end("SIGKILL");
    const state = join(a.home, "state");
    damage(state);
    await a.start();
    const { sessions } = await a.ask("session-list");
    expect(sessions).toMatchObject([
      { id: running.id, name: "keeper", tags: ["x"], state: "running", pid: running.pid, command: ["sh", "-c", "sleep 100"] },
      { id: over.id, state: "exited", exit: { code: 4 } },
    ]);
    expect((await a.ask("session-launch", sh("true"))).id).toBe(removed.id + 1);
    expect((await a.ask("agent-status")).warnings.join()).toMatch(warning);
  });
});

describe("the database of a running agent", () => {
  const files = (state: string) => readdirSync(state).filter((file) => file.startsWith("fleet.db"));
  const damages: [string, (state: string) => void, "saved" | "lost"][] = [
    ["removed", (state) => files(state).forEach((name) => rmSync(join(state, name))), "saved"],
    ["removed with the whole directory", (state) => renameSync(state, `${state}.away`), "saved"],
    ["its journal removed", (state) => rmSync(join(state, "fleet.db-wal")), "saved"],
    ["replaced by another file", (state) => {
      writeFileSync(join(state, "other"), "not a database", { mode: 0o600 });
      renameSync(join(state, "other"), join(state, "fleet.db"));
    }, "saved"],
    ["truncated", (state) => files(state).filter((name) => !name.endsWith("-shm")).forEach((name) => truncateSync(join(state, name), 0)), "lost"],
    ["overwritten with noise", (state) => files(state).filter((name) => !name.endsWith("-shm")).forEach((name) => writeFileSync(join(state, name), Buffer.alloc(60_000, "noise"))), "lost"],
  ];
  it.each(damages)("%s: it is written anew, sessions are found again, and it is said", async (_what, damage, outcome) => {
    await a.start();
    const state = join(a.home, "state");
    await a.ask("node-label", { set: { gpu: "a100" }, remove: [] });
    await a.ask("direct-token", { action: "create", name: "laptop", role: "viewer" });
    const running = await a.ask("session-launch", { ...sh("sleep 100"), name: "keeper" });
    const over = await a.ask("session-launch", sh("exit 4"));
    const removed = await a.ask("session-launch", sh("exit 0"));
    await Promise.all([ended(over.id), ended(removed.id)]);
    await a.ask("session-rm", { sessions: [{ id: removed.id }] });
    damage(state);
    await waitFor("it is said", async () => (await a.ask("agent-status").catch(() => undefined))?.warnings.some((text) => text.includes("while the node ran")));
    await waitFor("all are there again", async () => (await a.ask("session-list")).sessions.length === 2);
    for (const life of ["the same", "the next"]) {
      expect((await a.ask("session-list")).sessions, life).toMatchObject([{ id: running.id, name: "keeper", state: "running", pid: running.pid }, { id: over.id, state: "exited", exit: { code: 4 } }]);
      expect((await a.ask("node-get")).labels["gpu"]).toBe("a100");
      if (outcome === "saved") expect((await a.ask("direct-token", { action: "list" })).tokens).toHaveLength(1);
      if (life === "the same") await a.end("SIGKILL").then(() => a.start());
    }
    expect((await a.ask("session-launch", sh("true"))).id).toBe(removed.id + 1);
    expect((await a.ask("session-kill", { sessions: [{ id: running.id }], graceMs: 100 })).killed).toHaveLength(1);
    const logs = [state, `${state}.away`].map((directory) => join(directory, "logs/agent.log")).filter((file) => existsSync(file));
    expect(logs.map((file) => readFileSync(file, "utf8")).join("")).toContain("the database was replaced");
  });
});

describe("configuration and permissions", () => {
  it("all files are 0600 and all directories 0700 under umask 022, with an old umask in force", async () => {
    const before = process.umask(0o022);
    try {
      await a.start();
      await a.ask("session-launch", sh("sleep 100"));
    } finally {
      process.umask(before);
    }
    const open = (readdirSync(a.home, { recursive: true }) as string[]).filter((name) => (statSync(join(a.home, name)).mode & 0o077) !== 0);
    expect(open).toEqual([]);
  });

  it("a state directory that is open to others is refused", async () => {
    mkdirSync(join(a.home, "state"));
    chmodSync(join(a.home, "state"), 0o755);
    expect(await a.run()).toMatchObject({ code: 1, stderr: expect.stringContaining("open to other users") as string });
  });

  it("a misspelt key stops the start and is named with its file", async () => {
    mkdirSync(join(a.home, "config"), { mode: 0o700 });
    writeFileSync(join(a.home, "config/config.toml"), '[nats]\nulr = "x"\n', { mode: 0o600 });
    expect(await a.run()).toMatchObject({ code: 2, stderr: expect.stringMatching(/config\.toml: nats\.ulr/) as string });
  });

  it("what 'fleet up' was told is kept; SIGHUP reads the file again and a bad one changes nothing", async () => {
    await a.start();
    await a.ask("node-configure", { name: "renamed", labels: { zone: "eu" } });
    await a.ask("node-label", { set: { gpu: "a100" }, remove: [] });
    await a.end("SIGTERM");
    await a.start();
    expect(await a.ask("node-get")).toMatchObject({ name: "renamed", labels: { zone: "eu", gpu: "a100" } });
    const file = join(a.home, "config/config.toml");
    writeFileSync(file, '[node]\nlabels = { rack = "7" }\n', { mode: 0o600 });
    process.kill(a.pid, "SIGHUP");
    await waitFor("the label is there", async () => (await a.ask("node-get")).labels["rack"] === "7");
    writeFileSync(file, "[node\n", { mode: 0o600 });
    process.kill(a.pid, "SIGHUP");
    await waitFor("the warning is there", async () => (await a.ask("agent-status")).warnings.some((text) => text.includes("config.toml")));
    expect((await a.ask("node-get")).labels["rack"]).toBe("7");
  });

  it("secrets don't reach the log", async () => {
    await a.start();
    const { token } = await a.ask("direct-token", { action: "create", name: "laptop", role: "viewer" });
    await a.ask("session-launch", { ...sh("true"), env: { MY_SECRET: "s3cr3t-value" } });
    const log = readFileSync(join(a.home, "state/logs/agent.log"), "utf8");
    expect(token).toMatch(/^fleetd_/);
    for (const secret of [token ?? "", "s3cr3t-value", readFileSync(join(a.home, "state/node.nk"), "utf8").trim()]) expect(log).not.toContain(secret);
  });
});
