// What agents do, as it is shown: stand-ins that write down the truth, on two nodes, against what the fleet says of them.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EventRecord } from "../shared/src/bus/index.ts";
import type { NodeRecord, SessionRecord } from "../shared/src/domain/index.ts";
import { counts, waitFor } from "../shared/src/testing/index.ts";
import { initHub, machine, type Machine, root } from "./machines.ts";

interface Fact {
  readonly state: string;
  readonly at: number;
  readonly reason?: string;
  readonly evidence?: string;
}

/** The figure on a quiet machine is less than a second; here it says that it doesn't wait for the next minute. */
const SLOWEST_MS = 5_000;
/** Keys are seen before the program that reads them writes down what it does then. */
const BEFORE_MS = 400;

let here: Machine;
let there: Machine;
let following: ChildProcess;
const heard: EventRecord[] = [];
let launched = 0;

beforeAll(async () => {
  [here, there] = [machine(), machine()];
  await initHub(here);
  await here.ok("hub", "up");
  await here.ok("up", "--name", "hub-box");
  mkdirSync(join(there.home, "config"), { mode: 0o700 });
  writeFileSync(join(there.home, "config/config.toml"), `[[notify]]\nname = "pager"\nby = "node"\nstates = ["blocked"]\nper_minute = 600\ncommand = ["sh", "-c", "echo $FLEET_EVENT_TARGET $FLEET_EVENT_ACTIVITY $FLEET_EVENT_REASON >> ${join(there.home, "told")}"]\n`, { mode: 0o600 });
  await there.ok("up", "--join", await here.ok("hub", "token", "--role", "node", "--name", "gpu-box"));
  await waitFor("both nodes", async () => (await here.json<NodeRecord[]>("nodes")).filter(({ state }) => state === "live").length === 2, 20_000);
  following = spawn("fleet", ["events", "-f", "--since", "1m", "--json"], { env: here.env, stdio: ["ignore", "pipe", "ignore"] });
  let rest = "";
  following.stdout?.on("data", (chunk: Buffer) => {
    const lines = `${rest}${chunk.toString()}`.split("\n");
    rest = lines.pop() ?? "";
    heard.push(...lines.filter((line) => line !== "").map((line) => JSON.parse(line) as EventRecord));
  });
}, 120_000);

afterAll(async () => {
  following?.kill();
  await there?.[Symbol.asyncDispose]();
  await here?.[Symbol.asyncDispose]();
});

class Agent {
  readonly target: string;
  readonly #truth: string;

  private constructor(target: string, truth: string) {
    this.target = target;
    this.#truth = truth;
  }

  /** On the other machine, launched from here. */
  static async start(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Agent> {
    const truth = join(there.home, `truth-${++launched}`);
    const settings = Object.entries({ TRUTH: truth, PATH: there.env["PATH"] ?? "", ...env }).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
    const target = await here.ok("launch", "--on", "gpu-box", "--dir", root, ...settings, "--quiet", "--", ...command);
    return new Agent(target, truth);
  }

  get truth(): Fact[] {
    if (!existsSync(this.#truth)) return [];
    // Whole lines: it may have just been made, and be empty.
    return readFileSync(this.#truth, "utf8").split("\n").slice(0, -1).map((line) => ({ at: Number(line.split(" ")[0]), state: line.split(" ")[1] ?? "" }));
  }

  /** What was told of it, in order. */
  get told(): Fact[] {
    const records = heard.flatMap(({ session }) => (session?.target === this.target && session.state === "running" ? [session.activity] : []));
    return records.map(({ state, at, reason, evidence }) => ({ state, at: Date.parse(at), reason, evidence }));
  }

  /** Waits until that many things are true, and the last of them is told. @returns how it was told */
  async tells(count: number, state: string): Promise<Fact> {
    const fact = await waitFor(`truth ${count}: ${state}`, () => this.truth[count - 1], 30_000);
    expect(fact.state).toBe(state);
    return waitFor(`${state} is told`, () => this.told.find((one) => one.state === state && one.at >= fact.at - BEFORE_MS), 15_000);
  }

  send(...words: string[]): Promise<string> {
    return here.ok("send", this.target, ...words);
  }

  /** Every truth was told, nothing that is blocked was called idle or done meanwhile. @returns the longest delay, milliseconds */
  judge(): number {
    const { truth, told } = this;
    const delays = truth.map(({ state, at }, index) => {
      const until = truth[index + 1]?.at ?? Number.POSITIVE_INFINITY;
      const first = told.find((one) => one.state === state && one.at >= at - BEFORE_MS);
      expect(first, `${state} of ${this.target}: ${JSON.stringify(told)}`).toBeDefined();
      const meanwhile = told.filter((one) => one.at > at && one.at < until - BEFORE_MS);
      if (state === "blocked") expect(meanwhile.filter((one) => one.at > (first?.at ?? 0) || one.state === "idle" || one.state === "done")).toEqual([]);
      return Math.max(0, (first?.at ?? 0) - at);
    });
    const slowest = Math.max(...delays);
    expect(slowest).toBeLessThan(SLOWEST_MS);
    return slowest;
  }

  async end(): Promise<void> {
    const slowest = this.judge();
    if (process.env["FLEET_FIGURES"] === "1") process.stderr.write(`${this.target} told its states within ${slowest} ms: ${this.told.map(({ state, evidence }) => `${state} (${evidence})`).join(", ")}\n`);
    await here.ok("kill", this.target, "--grace", "0");
  }
}

describe.concurrent.each(Array.from({ length: counts(1, 10) }, (_, round) => round))("an agent, round %i", () => {
  it("that asks for permission on its screen", async () => {
    const agent = await Agent.start(["node", "tests/agents/full-screen.mjs"]);
    await agent.tells(1, "working");
    expect(await agent.tells(2, "blocked")).toMatchObject({ reason: "permission", evidence: "rule claude-permission" });
    await agent.send("--no-enter", "1");
    await agent.tells(3, "working");
    expect(await agent.tells(4, "idle")).toMatchObject({ evidence: "rule claude-idle" });
    await agent.end();
  }, 60_000);

  it("that reports by its hooks, with a screen that nobody knows", async () => {
    const agent = await Agent.start(["node", "tests/agents/full-screen.mjs"], { HOOKS: "1", WORDS: "◆ ◆ ◆" });
    await agent.tells(1, "working");
    expect(await agent.tells(2, "blocked")).toMatchObject({ reason: "permission", evidence: "report" });
    // Who needs somebody stands first, on every machine.
    const [, ...rows] = (await here.ok("ls")).split("\n");
    expect(rows.find((row) => row.startsWith(`${agent.target} `))).toMatch(/ blocked: permission \d+s/);
    expect(rows.map((row) => row.includes(" blocked: "))).toEqual(rows.map((row) => row.includes(" blocked: ")).toSorted((x, y) => Number(y) - Number(x)));
    expect((await here.json<SessionRecord[]>("ls", "--state", "blocked")).map(({ target }) => target)).toContain(agent.target);
    expect(await here.ok("status", agent.target)).toMatch(/activity +blocked: permission, since .*\nevidence +report\nsays +Bash/);
    // An arrow moves the cursor, and answers nothing.
    await agent.send("--keys", "Down");
    const waiting = here.ok("wait", agent.target, "--for", "done", "--timeout", "60");
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await here.json<{ session: SessionRecord }>("status", agent.target)).session.activity.state).toBe("blocked");
    await agent.send("--no-enter", "1");
    await agent.tells(3, "working");
    await agent.tells(4, "done");
    expect(await waiting).toBe(`${agent.target} done`);
    expect((await here.json<SessionRecord[]>("ls", "--state", "done")).map(({ target }) => target)).toContain(agent.target);
    // Somebody looks.
    await here.ok("screen", agent.target);
    await waitFor("seen", () => agent.told.at(-1)?.state === "idle");
    await agent.end();
  }, 60_000);

  it("that asks in words that nobody knows, without hooks: it is not known to be blocked, and never called idle", async () => {
    const agent = await Agent.start(["node", "tests/agents/full-screen.mjs"], { WORDS: "◆ ◆ ◆", STILL: "1" });
    await agent.tells(1, "working");
    const asked = await waitFor("it asks", () => agent.truth[1], 30_000);
    expect(await waitFor("that is told", () => agent.told.findLast(({ state, at }) => state === "unknown" && at > asked.at), 15_000)).toMatchObject({ evidence: "claude waits for input on a screen that no rule knows" });
    expect(agent.told.filter(({ state }) => state === "idle" || state === "done")).toEqual([]);
    await agent.send("--no-enter", "1");
    await agent.tells(3, "working");
    await here.ok("kill", agent.target, "--grace", "0");
  }, 60_000);

  it("that asks with a menu as many do, without hooks or rules of its own", async () => {
    const agent = await Agent.start(["node", "tests/agents/full-screen.mjs"], { WORDS: "Deploy to production?", CHOICES: "▸ Approve\n  Reject", NAME: "robot" });
    await agent.tells(1, "working");
    expect(await agent.tells(2, "blocked")).toMatchObject({ reason: "question", evidence: "rule menu" });
    await here.ok("kill", agent.target, "--grace", "0");
  }, 60_000);

  it("that thinks in silence", async () => {
    const agent = await Agent.start(["bash", "tests/agents/thinks-silently.sh"]);
    await agent.tells(1, "working");
    await agent.tells(2, "done");
    const [, done] = agent.truth;
    expect(agent.told.filter(({ at, state }) => at < (done?.at ?? 0) && !["working", "unknown"].includes(state))).toEqual([]);
    expect((await here.json<{ session: SessionRecord }>("status", agent.target)).session.activity).toMatchObject({ message: "three files changed" });
    await agent.end();
  }, 60_000);

  it("that asks on a line, and for a password", async () => {
    const agent = await Agent.start(["bash", "tests/agents/asks-a-line.sh"]);
    await agent.tells(1, "working");
    expect(await agent.tells(2, "blocked")).toMatchObject({ reason: "question", evidence: "bash waits for a line" });
    expect(await here.ok("wait", agent.target, "--for", "blocked", "--timeout", "10")).toBe(`${agent.target} blocked`);
    await agent.send("y");
    await agent.tells(3, "working");
    expect(await agent.tells(4, "blocked")).toMatchObject({ reason: "login" });
    await agent.send("secret");
    await agent.tells(5, "working");
    await agent.end();
  }, 60_000);

  it("that notifies its terminal", async () => {
    const agent = await Agent.start(["node", "tests/agents/notifies.mjs"]);
    await agent.tells(1, "working");
    expect(await agent.tells(2, "blocked")).toMatchObject({ reason: "permission", evidence: "notification" });
    await agent.send("--no-enter", "y");
    await agent.tells(3, "working");
    expect(await agent.tells(4, "done")).toMatchObject({ evidence: "notification" });
    await agent.end();
  }, 60_000);

  it("or a shell that marks its commands, as 'fleet hooks bash' sets it up", async () => {
    const rc = join(there.home, "bashrc");
    writeFileSync(rc, `${await here.ok("hooks", "bash")}\nsay() { echo "$(date +%s%3N) $1" >> "$TRUTH"; }\n`);
    const shell = await Agent.start(["bash", "--rcfile", rc, "-i"]);
    await waitFor("the prompt", () => shell.told.some(({ state }) => state === "idle"), 15_000);
    await shell.send("say working; sleep 2; say idle");
    await shell.tells(1, "working");
    expect(await shell.tells(2, "idle")).toMatchObject({ evidence: "osc133" });
    shell.judge();
    // Reported by hand it stands as well, though the command that said it is gone.
    await shell.send("say blocked; fleet report blocked --reason login; say typed");
    await waitFor("it is said", () => shell.truth.length === 4, 15_000);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await here.json<{ session: SessionRecord }>("status", shell.target)).toMatchObject({ session: { activity: { state: "blocked", reason: "login", evidence: "report" } } });
    await shell.send("echo '{\"hook_event_name\": \"Stop\"}' | fleet report --hook claude");
    await waitFor("done", () => shell.told.at(-1)?.state === "done", 15_000);
    await here.ok("kill", shell.target, "--grace", "0");
  }, 60_000);
});

it("events are chosen by what an agent does, and rules tell of it", async () => {
  const blocked = await here.ok("events", "--state", "blocked", "--json", "--limit", "200");
  const records = blocked.split("\n").map((line) => JSON.parse(line) as EventRecord).filter(({ session }) => session !== undefined);
  expect(records.length).toBeGreaterThanOrEqual(4);
  expect(new Set(records.map(({ session }) => session?.activity.state))).toEqual(new Set(["blocked"]));
  const told = () => (existsSync(join(there.home, "told")) ? readFileSync(join(there.home, "told"), "utf8").trim().split("\n") : []);
  await waitFor("the node's rule has told", () => told().some((line) => /^gpu-box:\d+ blocked permission$/.test(line)));
  expect(told().filter((line) => !line.includes(" blocked "))).toEqual([]);
});
