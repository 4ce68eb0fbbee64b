// docs/patterns, run as they stand on two nodes of a fleet with credentials, with a scripted agent for a real one.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { SessionRecord } from "../shared/src/domain/index.ts";
import { waitFor } from "../shared/src/testing/index.ts";
import { bringUp, Machine, machine, type Result, root } from "./machines.ts";

const patterns = join(root, "docs/patterns");
const STAND_IN = join(patterns, "stand-in.sh");
let a: Machine;
let b: Machine;

beforeAll(async () => {
  [a, b] = [machine(), machine()];
  await bringUp(a, "alpha", { beta: b });
});
afterAll(async () => {
  for (const one of [b, a]) await one[Symbol.asyncDispose]();
});

const run = (script: string, args: readonly string[], env: Record<string, string> = {}): Promise<Result> => new Machine(a.home, { ...env, PATH: a.env["PATH"] ?? "" }).run("bash", [join(patterns, script), ...args]);
const sessions = (...args: string[]) => a.json<SessionRecord[]>("ls", ...args);

it("a supervisor: workers where there is room, their questions answered, their results at the end", async () => {
  const { code, stdout, stderr } = await run("supervisor.sh", ["fix the tests", "write the docs", "tidy up"], { WORKER: STAND_IN });
  expect({ code, stderr }, stdout).toMatchObject({ code: 0 });
  const lines = stdout.trim().split("\n");
  const results = lines.filter((line) => !line.includes(" asked: "));
  expect(results.map((line) => line.replace(/^(alpha|beta):\d+: /, ""))).toEqual(["result: fix the tests is done", "result: write the docs is done", "result: tidy up is done"]);
  expect(lines.filter((line) => / asked: May I .*\? \[y\/N\] ?$/.test(line))).toHaveLength(3);
  expect(await sessions()).toEqual([]);
}, 90_000);

it("says how many failed", async () => {
  const { code, stdout } = await run("supervisor.sh", ["one", "two"], { WORKER: STAND_IN, ANSWER: "n" });
  expect({ code, gaveUp: stdout.match(/gave up: /g)?.length }).toEqual({ code: 2, gaveUp: 2 });
}, 90_000);

it("round robin: the nodes in turn", async () => {
  const { code, stdout, stderr } = await run("round-robin.sh", ["one", "two", "three", "four"], { WORKER: `env ASK=no ${STAND_IN}` });
  expect(code, stderr).toBe(0);
  const targets = stdout.trim().split("\n");
  expect(targets.map((target) => target.split(":")[0])).toEqual(["alpha", "beta", "alpha", "beta"]);
  expect((await a.ok("wait", ...targets)).split("\n")).toHaveLength(4);
}, 60_000);

it("a swarm: each task done once, by workers on both nodes", async () => {
  const tasks = Array.from({ length: 12 }, (_, at) => `task-${at}`);
  const { code, stdout, stderr } = await run("swarm.sh", ["2", ...tasks]);
  expect(code, stderr).toBe(0);
  const done = stdout.trim().split("\n").map((line) => /^(alpha|beta):\d+ did (task-\d+)$/.exec(line.trim()));
  expect(new Set(done.map((match) => match?.[2]))).toEqual(new Set(tasks));
  expect(done).toHaveLength(tasks.length);
  expect(new Set(done.map((match) => match?.[1]))).toEqual(new Set(["alpha", "beta"]));
  await waitFor("the workers end as well", async () => (await sessions("--tag", "swarm", "--state", "running")).length === 0, 30_000);
}, 120_000);

it("an agent that launches another through MCP: it answers its question and uses what it says", async () => {
  const target = await a.ok("launch", "--quiet", "--", process.execPath, join(patterns, "delegate.mjs"), "beta", STAND_IN, "read the paper");
  expect(await a.fleet("wait", target, "--timeout", "60")).toMatchObject({ code: 0 });
  expect((await a.ok("logs", target, "--plain")).split(/\r?\n/)).toEqual(["asked: May I read the paper? [y/N]", "heard: result: read the paper is done"]);
  expect(await sessions("--tag", "delegated")).toMatchObject([{ node: "beta", state: "exited", exit: { code: 0 } }]);
}, 90_000);

it("a night run: a webhook is called when one blocks, and an agent that crashed is started again", async () => {
  const calls: { rule: string; events: { kind: string; session: SessionRecord }[] }[] = [];
  const receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      calls.push(JSON.parse(body) as (typeof calls)[number]);
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const env = { ...a.env, WEBHOOK: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`, WORKER: STAND_IN };
  const night = spawn("bash", [join(patterns, "night-run.sh"), "a long task", "another"], { env, cwd: a.home, stdio: "ignore" });
  const blocked = () => calls.flatMap(({ events }) => events).filter(({ session }) => session.activity.state === "blocked").map(({ session }) => session);
  await waitFor("the webhook was called for both", () => new Set(blocked().map(({ target }) => target)).size === 2, 60_000);
  expect(calls.every(({ rule }) => rule === "night")).toBe(true);
  expect(blocked()[0]).toMatchObject({ tags: ["night"], activity: { reason: "permission" } });
  const [one, other] = [...new Set(blocked().map(({ target }) => target))] as [string, string];
  await a.ok("send", one, "--when", "blocked", "n");
  await waitFor("the one that failed runs again and asks again", async () => (await sessions("--tag", "night")).some(({ target, activity }) => target === one && activity.state === "blocked"), 60_000);
  await a.ok("send", other, "--when", "blocked", "y");
  expect(await a.fleet("wait", other, "--timeout", "30")).toMatchObject({ code: 0 });
  night.kill("SIGINT");
  receiver.close();
  receiver.closeAllConnections();
  await a.ok("kill", one);
}, 180_000);
