// Reports through a real agent: whose they are, what a restart makes of them, and rules of one's own on the way to the host.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { waitFor } from "@fleetwire/shared/testing";
import { bundleAgent, TestAgent, type Reply } from "./test-agent.ts";

type Answer = Reply<{ taken: boolean; target: string; activity: { state: string; reason?: string } }>;

let bundle: { program: string } & Disposable;
let agent: TestAgent;
beforeAll(async () => {
  bundle = await bundleAgent();
  agent = await new TestAgent(bundle.program).start();
}, 60_000);
afterAll(async () => {
  await agent[Symbol.asyncDispose]();
  bundle[Symbol.dispose]();
});

const launch = async (script = "stty raw -echo; cat") => (await agent.ask("session-launch", { command: ["sh", "-c", script] })).id;
const activityOf = async (id: number) => (await agent.ask("session-get", { session: { id } })).session.activity;
const from = (id: number, input: object) => agent.raw("session-report", input, {}, join(agent.home, `run/s/${id}.sock`)) as Promise<Answer>;

it("a session reports for itself, whatever it claims to be", async () => {
  const [one, other] = [await launch(), await launch()];
  await waitFor("its socket answers", async () => (await from(one, { state: "working" })).status === 200);
  expect((await from(one, { state: "blocked", reason: "permission", message: "may\u001b[31m I?\u202e" })).body).toMatchObject({ taken: true, target: `test:${one}` });
  expect(await activityOf(one)).toMatchObject({ state: "blocked", reason: "permission", evidence: "report", message: "may [31m I?" });
  expect((await from(one, { state: "idle", session: { id: one } })).body).toMatchObject({ taken: true });
  for (const session of [{ id: other }, { name: "someone" }]) expect((await from(one, { state: "blocked", session })).body.error).toMatchObject({ code: "denied" });
  expect((await activityOf(other)).state).not.toBe("blocked");
});

it("the owner reports for any, and says for which", async () => {
  const id = await launch();
  expect((await agent.ask("session-report", { session: { id }, state: "done" })).taken).toBe(true);
  await expect(agent.ask("session-report", { state: "done" })).rejects.toMatchObject({ code: "bad-input" });
  await expect(agent.ask("session-report", { session: { id: 999 }, state: "done" })).rejects.toMatchObject({ code: "unknown-session" });
  await expect(agent.ask("session-report", { session: { id }, state: "thinking" })).rejects.toMatchObject({ code: "bad-input" });
  expect((await agent.ask("session-wait", { session: { id }, until: "done", waitMs: 5_000 })).met).toBe(true);
  expect((await agent.ask("session-wait", { session: { id }, until: "idle", waitMs: 0 })).met).toBe(true);
  expect((await agent.ask("session-wait", { session: { id }, until: "working", waitMs: 0 })).met).toBe(false);
});

it("a report of an earlier life says nothing of the next one, which nothing is known of at first", async () => {
  const id = await launch();
  await agent.ask("session-report", { session: { id }, state: "blocked" });
  const restarted = await agent.ask("session-restart", { session: { id }, graceMs: 0 });
  expect(restarted.activity.state).toBe("unknown");
  expect((await from(id, { state: "blocked", epoch: "an-earlier-one" })).body).toMatchObject({ taken: false });
  expect((await activityOf(id)).state).not.toBe("blocked");
});

it("an agent that starts again shows what the host has seen meanwhile, and nothing that it remembers itself", async () => {
  const [blocked, moved] = [await launch(), await launch()];
  for (const id of [blocked, moved]) await agent.ask("session-report", { session: { id }, state: "blocked", reason: "login" });
  await agent.ask("session-report", { session: { id: moved }, state: "working" });
  await agent.end("SIGKILL");
  await agent.start();
  expect(await activityOf(blocked)).toMatchObject({ state: "blocked", reason: "login" });
  expect(await activityOf(moved)).toMatchObject({ state: "working" });
  // Without its host nothing is known of a session.
  for (const { pid } of agent.hosts()) process.kill(pid, "SIGKILL");
  await waitFor("they are lost", async () => (await agent.ask("session-get", { session: { id: blocked } })).session.state === "lost");
  expect(await activityOf(blocked)).toMatchObject({ state: "unknown" });
  expect((await agent.ask("session-list", { filter: { activity: ["blocked"] } })).sessions).toEqual([]);
}, 60_000);

it("what is done was seen when somebody asked for its screen, also without a terminal connection", async () => {
  const id = await launch("stty -echo; cat");
  await agent.ask("session-report", { session: { id }, state: "done", seq: 1 });
  expect(await activityOf(id)).toMatchObject({ state: "done" });
  await agent.ask("session-output", { session: { id }, from: { offset: 0 } });
  expect(await activityOf(id)).toMatchObject({ state: "done" });
  await agent.ask("session-screen", { session: { id } });
  expect(await activityOf(id)).toMatchObject({ state: "idle", evidence: "report" });
});

it("rules of one's own reach the host; a file that can't be used is a warning", async () => {
  const directory = join(agent.home, "config/agents");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, "broken.toml"), "program = [", { mode: 0o600 });
  writeFileSync(join(directory, "robot.toml"), 'program = ["cat"]\n[[screen]]\nname = "robot"\nmatch = ["Shall I"]\nstate = "blocked"\nreason = "question"\n', { mode: 0o600 });
  const warnings = await waitFor("the warning", async () => {
    const all = (await agent.ask("agent-status")).warnings.filter((text) => text.includes("broken.toml"));
    return all.length > 0 && all;
  });
  expect(warnings).toHaveLength(1);
  const id = await launch("stty raw -echo; printf 'Shall I?'; exec cat");
  expect(await waitFor("blocked", async () => {
    const now = await activityOf(id);
    return now.state === "blocked" && now;
  }, 20_000)).toMatchObject({ reason: "question", evidence: "rule robot" });
}, 60_000);
