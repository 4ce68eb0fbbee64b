// Sessions against a real agent and a real PTY host.
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SessionRecord } from "@fleetwire/shared/domain";
import { counts, waitFor } from "@fleetwire/shared/testing";
import { createAttachKey, openTicket, TICKET_MS } from "@fleetwire/shared/wire";
import { bundleAgent, isAlive, TestAgent } from "../test-agent.ts";

let bundle: Awaited<ReturnType<typeof bundleAgent>>;
let a: TestAgent;
beforeAll(async () => {
  bundle = await bundleAgent();
  a = await new TestAgent(bundle.program, { FLEET_NATS_TOKEN: "node-secret", FLEET_TOKEN: "other-secret", NATS_CREDS: "/secret/creds", FLEET_OPEN: "0" }).start();
});
afterAll(async () => {
  await a[Symbol.asyncDispose]();
  bundle[Symbol.dispose]();
});

const sh = (script: string) => ({ command: ["sh", "-c", script], cwd: "/" });
const get = async (id: number) => (await a.ask("session-get", { session: { id } })).session;
const state = (id: number, wanted: SessionRecord["state"]) => waitFor(`session ${id} is ${wanted}`, async () => {
  const session = await get(id);
  return session.state === wanted ? session : undefined;
});
/** What a session printed, as its log on disk has it. */
const output = (id: number) => {
  const dir = join(a.home, "state/sessions", String(id));
  return readdirSync(dir).filter((name) => name.endsWith(".log")).toSorted().map((name) => readFileSync(join(dir, name), "utf8")).join("");
};
const printed = async (input: object) => {
  const { id } = await a.ask("session-launch", input);
  await waitFor("it ended", async () => (await get(id)).endedAt !== null);
  return output(id);
};
const code = (work: Promise<unknown>) => work.then(() => "done", (error: { code: string }) => error.code);

describe("launch", () => {
  it("refuses before anything changes, and says why", async () => {
    const before = await a.ask("session-list");
    const plain = join(a.home, "plain");
    writeFileSync(plain, "text", { mode: 0o644 });
    const cases: [object, string][] = [
      [{ command: ["no-such-program-xyz"], cwd: "/" }, "command-not-found"],
      [{ command: ["./nowhere"], cwd: "/" }, "command-not-found"],
      [{ command: [plain], cwd: "/" }, "command-not-executable"],
      [{ command: ["/etc"], cwd: "/" }, "command-not-executable"],
      [{ command: ["true"], cwd: "/no/such/dir" }, "no-such-directory"],
      [{ command: ["true"], cwd: plain }, "no-such-directory"],
      [{ command: ["true"], cwd: "relative" }, "no-such-directory"],
      [{ command: ["true"], cwd: "/", restartCommand: ["no-such-program-xyz"] }, "command-not-found"],
    ];
    for (const [input, expected] of cases) expect(await code(a.ask("session-launch", input)), JSON.stringify(input)).toBe(expected);
    expect((await a.ask("session-list")).sessions).toEqual(before.sessions);
  });

  it("a name is taken until its session is removed", async () => {
    const { id } = await a.ask("session-launch", { ...sh("exit 0"), name: "once" });
    await state(id, "exited");
    expect(await code(a.ask("session-launch", { ...sh("true"), name: "once" }))).toBe("name-taken");
    await a.ask("session-rm", { sessions: [{ name: "once" }] });
    expect(existsSync(join(a.home, "state/sessions", String(id)))).toBe(false);
    const again = await a.ask("session-launch", { ...sh("true"), name: "once" });
    expect(again.id).toBeGreaterThan(id);
    const both = await Promise.all([1, 2].map(() => code(a.ask("session-launch", { ...sh("sleep 100"), name: "race" }))));
    expect(both.toSorted()).toEqual(["done", "name-taken"]);
  });

  it("a draining node takes none, and running ones are not touched", async () => {
    const { id } = await a.ask("session-launch", sh("sleep 100"));
    expect((await a.ask("node-drain", { draining: true })).draining).toBe(true);
    expect(await code(a.ask("session-launch", sh("true")))).toBe("draining");
    expect((await get(id)).state).toBe("running");
    await a.ask("node-drain", { draining: false });
  });

  it("fifty at once are fifty sessions", async () => {
    const many = counts(50, 500);
    const sessions = await Promise.all(Array.from({ length: many }, () => a.ask("session-launch", { ...sh("sleep 1000"), tags: ["many"] })));
    expect(new Set(sessions.map(({ id }) => id)).size).toBe(many);
    const { killed, failed } = await a.ask("session-kill", { filter: { tags: ["many" as never] }, graceMs: 500 });
    expect([killed.length, failed]).toEqual([many, []]);
    expect(sessions.filter(({ pid }) => isAlive(pid ?? 0))).toEqual([]);
    await a.ask("session-rm", { sessions: sessions.map(({ id }) => ({ id })) });
  });
});

describe("environment", () => {
  it("is the caller's for a caller on this machine: its PATH finds the command, its variables are there", async () => {
    const bin = join(a.home, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "only-here"), "#!/bin/sh\necho found $MARK in $(pwd) by $PWD\n");
    chmodSync(join(bin, "only-here"), 0o755);
    const callerEnv = { PATH: `${bin}:/usr/bin:/bin`, MARK: "mark", PWD: "/elsewhere" };
    expect(await printed({ command: ["only-here"], cwd: "/tmp", callerEnv })).toBe("found mark in /tmp by /tmp\r\n");
    expect(await code(a.ask("session-launch", { command: ["only-here"], cwd: "/tmp" }))).toBe("command-not-found");
  });

  it("holds nothing by which the node is steered or proves itself, nor of the caller's terminal", async () => {
    const callerEnv = {
      PATH: "/usr/bin:/bin", FLEET_NATS_CREDS: "x", FLEET_TOKEN: "x", NATS_URL: "x", FLEET_SESSION: "999", FLEET_SESSION_NAME: "stale", FLEET_ANYTHING: "x", TMUX: "x", COLUMNS: "3", CLAUDECODE: "1", TERM: "dumb", KEEP: "kept", "BAD=NAME": "x",
    };
    for (const base of [{ callerEnv }, {}]) {
      const { id } = await a.ask("session-launch", { ...sh("env"), ...base, env: { GIVEN: "g", FLEET_NODE: "forged" } });
      await state(id, "exited");
      const env = Object.fromEntries(output(id).split("\r\n").filter((line) => line.includes("=")).map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
      expect(env).toMatchObject({ TERM: "xterm-256color", COLORTERM: "truecolor", GIVEN: "g", FLEET_NODE: "test", FLEET_SESSION: String(id), FLEET_SOCKET: join(a.home, "run/s", `${id}.sock`), FLEET_HOME: a.home });
      expect(Object.keys(env).filter((name) => /^(NATS|TMUX|COLUMNS|CLAUDE|BAD)/.test(name))).toEqual([]);
      expect(Object.keys(env).filter((name) => name.startsWith("FLEET_")).toSorted()).toEqual(["FLEET_HOME", "FLEET_NODE", "FLEET_SESSION", "FLEET_SESSION_EPOCH", "FLEET_SOCKET"]);
      if ("callerEnv" in base) expect(env["KEEP"]).toBe("kept");
    }
  });

  it("names the session when it has a name, and keeps a good TERM", async () => {
    expect(await printed({ ...sh("echo $FLEET_SESSION_NAME $TERM"), name: "named", callerEnv: { PATH: "/bin", TERM: "screen-256color" } })).toBe("named screen-256color\r\n");
  });
});

describe("ending", () => {
  it("kill takes the whole tree, also what ignores TERM, and keeps what was printed on the way out", async () => {
    const { id } = await a.ask("session-launch", { command: ["bash", "-c", "trap 'echo bye' TERM; (trap '' TERM; exec sleep 300) & echo child $!; while :; do sleep 0.1; done"], cwd: "/" });
    const child = await waitFor("the child's number", () => /child (\d+)/.exec(output(id))?.[1]);
    const { killed } = await a.ask("session-kill", { sessions: [{ id }], graceMs: 400 });
    expect(killed).toMatchObject([{ id, state: "killed", exit: { signal: "SIGKILL" }, pid: null }]);
    expect(isAlive(Number(child))).toBe(false);
    expect(output(id)).toContain("bye");
  });

  it("is removed right after it was killed, however much it printed", async () => {
    for (let round = 0; round < counts(3, 20); round++) {
      const { id } = await a.ask("session-launch", { command: ["sh", "-c", "yes 0123456789abcdef"] });
      await waitFor("some megabytes", async () => (await a.ask("session-get", { session: { id } })).session.outputBytes > 4_000_000);
      await a.ask("session-kill", { sessions: [{ id }], graceMs: 500 });
      await a.ask("session-rm", { sessions: [{ id }] });
    }
  });

  it("kill of an ended one changes nothing and says so; send to it is an error", async () => {
    const { id } = await a.ask("session-launch", sh("exit 0"));
    const before = await state(id, "exited");
    expect(await a.ask("session-kill", { sessions: [{ id }] })).toMatchObject({ killed: [], alreadyEnded: [{ id, state: "exited", exit: { code: 0 }, endedAt: before.endedAt }] });
    expect(await code(a.ask("session-send", { session: { id }, text: "x", enter: true }))).toBe("not-running");
  });

  it("an unknown one among several is an error, and none is touched", async () => {
    const { id } = await a.ask("session-launch", sh("sleep 100"));
    expect(await code(a.ask("session-kill", { sessions: [{ id }, { id: 99_999 }] }))).toBe("unknown-session");
    expect((await get(id)).state).toBe("running");
    expect(await code(a.ask("session-rm", { sessions: [{ id }] }))).toBe("still-running");
  });

  it("wait answers at the end, within its slice otherwise, and for a session that ended before", async () => {
    const { id } = await a.ask("session-launch", sh("read x; exit 6"));
    expect(await a.ask("session-wait", { session: { id }, until: "exit", waitMs: 50 })).toMatchObject({ met: false, session: { state: "running" } });
    const waiting = a.ask("session-wait", { session: { id }, until: "exit", waitMs: 20_000 });
    expect(await a.ask("session-send", { session: { id }, text: "go", enter: true })).toMatchObject({ receipt: "written", target: `test:${id}` });
    expect(await waiting).toMatchObject({ met: true, session: { state: "exited", exit: { code: 6 } } });
    expect(await a.ask("session-wait", { session: { id }, until: "exit", waitMs: 20_000 })).toMatchObject({ met: true });
    expect(await a.ask("session-wait", { session: { id }, until: "idle", waitMs: 20_000 })).toMatchObject({ met: false });
  });
});

describe("restart", () => {
  it("runs the restart command under the same id, after ending a running one; its output goes on", async () => {
    const { id, pid } = await a.ask("session-launch", { ...sh("echo first; sleep 100"), restartCommand: ["sh", "-c", "echo second; sleep 100"] });
    await waitFor("the first has printed", () => output(id).includes("first"));
    const again = await a.ask("session-restart", { session: { id }, graceMs: 200 });
    expect(again).toMatchObject({ id, state: "running", exit: null, endedAt: null });
    expect(isAlive(pid ?? 0)).toBe(false);
    await waitFor("the second has printed", () => /first[\s\S]*second/.test(output(id)));
    await waitFor("bytes are counted over both lives", async () => (await get(id)).outputBytes === 15);
  });

  it("by policy: on failure with a growing delay, not after success, not after a kill", async () => {
    const failing = await a.ask("session-launch", { ...sh("echo life; exit 1"), restart: "on-failure" });
    const fine = await a.ask("session-launch", { ...sh("echo life; exit 0"), restart: "on-failure" });
    await waitFor("it came back", () => (output(failing.id).match(/life/g)?.length ?? 0) >= 2);
    await a.ask("session-kill", { sessions: [{ id: failing.id }], graceMs: 200 });
    const lives = output(failing.id);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(output(failing.id)).toBe(lives);
    expect(output(fine.id)).toBe("life\r\n");
  });
});

describe("attach", () => {
  it("a ticket is for one session, key and scope; on this machine the address is the host's socket", async () => {
    const { id } = await a.ask("session-launch", sh("sleep 100"));
    const node = await a.ask("node-get");
    const clientKey = createAttachKey().publicKey;
    for (const [verb, scope] of [["session-view", "read"], ["session-attach", "write"]] as const) {
      const { ticket, addresses, session } = await a.ask(verb, { session: { id }, clientKey });
      const opened = openTicket(ticket, node.key);
      expect(opened).toMatchObject({ session: id, scope, clientKey, node: node.key });
      expect(opened.expires - Date.now()).toBeLessThanOrEqual(TICKET_MS);
      expect(addresses).toEqual([{ kind: "unix", path: join(a.home, "run/hosts", `${a.hosts()[0]?.hostId}.sock`) }]);
      expect(session.id).toBe(id);
    }
  });

  it("without a session it is the oldest running one nobody is attached to", async () => {
    const clientKey = createAttachKey().publicKey;
    await a.ask("session-kill", { filter: {}, graceMs: 100 });
    expect(await code(a.ask("session-attach", { clientKey }))).toBe("nothing-to-attach");
    const first = await a.ask("session-launch", sh("sleep 100"));
    await a.ask("session-launch", sh("sleep 100"));
    expect((await a.ask("session-attach", { clientKey })).session.id).toBe(first.id);
  });
});

describe("lists", () => {
  it("are paged by id and filtered by state, tags and activity", async () => {
    const ids = await Promise.all([1, 2, 3].map(async () => (await a.ask("session-launch", { ...sh("sleep 100"), tags: ["page", "red"] })).id));
    const filter = { tags: ["page" as never, "red" as never], states: ["running" as const] };
    const one = await a.ask("session-list", { filter, limit: 2 });
    const two = await a.ask("session-list", { filter, limit: 2, after: one.sessions.at(-1)?.id });
    expect([one.more, two.more]).toEqual([true, false]);
    expect([...one.sessions, ...two.sessions].map(({ id }) => id)).toEqual(ids.toSorted((x, y) => x - y));
    expect((await a.ask("session-list", { filter: { ...filter, tags: ["page" as never, "blue" as never] } })).sessions).toEqual([]);
    const { rev } = await a.ask("session-list");
    await a.ask("session-kill", { sessions: [{ id: ids[0] as never }], graceMs: 100 });
    expect((await a.ask("session-list")).rev).toBeGreaterThan(rev);
  });
});
