// 'fleet events -f' and 'fleet notify run' on a real hub with two nodes, while its programs are killed.
import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startNats } from "../node-agent/src/fleet/testing.ts";
import type { EventPage, EventRecord } from "../shared/src/bus/index.ts";
import type { NodeRecord } from "../shared/src/domain/index.ts";
import { counts, waitFor } from "../shared/src/testing/index.ts";
import { bringUp, type Machine, machine } from "./machines.ts";

type Line = EventRecord & { readonly cursor: string; readonly end?: true };

/** A command that goes on. */
class Running {
  stdout = "";
  stderr = "";
  readonly #child: ChildProcess;

  constructor(on: Machine, ...args: string[]) {
    this.#child = spawn("fleet", args, { env: on.env, stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stdout?.on("data", (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.#child.stderr?.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
  }
  get lines(): Line[] {
    const whole = this.stdout.slice(0, this.stdout.lastIndexOf("\n") + 1).trim();
    return whole === "" ? [] : whole.split("\n").map((line) => JSON.parse(line) as Line);
  }
  end(signal: NodeJS.Signals = "SIGINT"): Promise<number | null> {
    if (this.#child.exitCode !== null) return Promise.resolve(this.#child.exitCode);
    const ended = new Promise<number | null>((resolve) => this.#child.once("close", resolve));
    this.#child.kill(signal);
    return ended;
  }
}

/** This machine's node, over its socket. */
function ask<T>(on: Machine, verb: string, input: object): Promise<T> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: join(on.home, "run/agent.sock"), method: "POST", path: `/v1/${verb}` }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve(JSON.parse(text) as T));
    });
    asked.on("error", reject);
    asked.end(JSON.stringify(input));
  });
}

describe("events of a fleet", () => {
  let a: Machine;
  let b: Machine;
  let viewer: Machine;
  const started: Running[] = [];
  const run = (on: Machine, ...args: string[]) => {
    const one = new Running(on, ...args);
    started.push(one);
    return one;
  };

  beforeAll(async () => {
    [a, b, viewer] = [machine(), machine(), machine()];
    await bringUp(a, "a", { b });
    await viewer.ok("join", await a.ok("hub", "token", "--role", "viewer", "--name", "alice"));
  });
  afterAll(async () => {
    for (const one of started) await one.end("SIGKILL");
    await Promise.all([b, viewer].map((one) => one[Symbol.asyncDispose]()));
    await a[Symbol.asyncDispose]();
  });

  /** One that was killed too often in a minute is not started again by itself. */
  const pidOf = (name: string) =>
    waitFor(`${name} runs`, async () => {
      await a.ok("hub", "up");
      return (await a.json<{ parts: { name: string; pid?: number }[] }>("hub", "status")).parts.find((part) => part.name === name)?.pid;
    }, 60_000);
  const agentPid = async (on: Machine) => (await on.json<{ pid: number }>("up")).pid;
  const numbers = (lines: readonly Line[], key: string) => lines.filter((line) => line.key === key && line.history !== undefined).map(({ history }) => `${history?.epoch}.${history?.seq}`);
  /** What the node itself keeps, from its own socket. */
  async function ownHistory(on: Machine): Promise<string[]> {
    const events: string[] = [];
    for (let after: EventPage["next"] | undefined; ; ) {
      const page = await ask<EventPage>(on, "event-list", { after, limit: 500 });
      events.push(...page.events.map(({ position }) => `${position.epoch}.${position.seq}`));
      after = page.next;
      if (!page.more) return events;
    }
  }

  it("a follower hears everything once and in order, whatever is killed in between", async () => {
    const follower = run(viewer, "events", "-f", "--limit", "1000", "--json");
    const faults = [
      async () => process.kill(await pidOf("registry"), "SIGKILL"),
      async () => process.kill(await pidOf("nats-server"), "SIGKILL"),
      async () => process.kill(await agentPid(b), "SIGKILL"),
    ];
    const launch = (on: Machine) => on.ok("launch", "-q", "--", "true");
    for (let round = 0; round < counts(3, 20); round++) {
      await Promise.all([launch(a), launch(b)]);
      await (round < faults.length ? faults[round] : faults[Math.floor(Math.random() * faults.length)])?.();
      await Promise.all([launch(a), launch(b)]);
    }
    for (const [on, name] of [[a, "a"], [b, "b"]] as const) {
      await waitFor(`the last session of ${name} has ended`, async () => (await on.json<{ state: string }[]>("ls", "--node", name)).every(({ state }) => state === "exited"), 30_000);
      const own = await ownHistory(on);
      // Its name was another one before it was told.
      const { key } = await ask<NodeRecord>(on, "node-get", {});
      await waitFor(`all of ${name}`, () => numbers(follower.lines, key).at(-1) === own.at(-1), 60_000);
      expect(numbers(follower.lines, key)).toEqual(own);
    }
    expect(await follower.end()).toBe(130);
  }, 600_000);

  it("a cursor goes on where it was; one of another history says so; filters and people's lines", async () => {
    const last = JSON.parse((await viewer.ok("events", "--limit", "3", "--json")).split("\n").at(-1) ?? "") as Line;
    expect(last).toMatchObject({ end: true });
    await b.ok("launch", "--name", "marked", "--tag", "team=red", "--", "sh", "-c", "printf '\\033]9;look \\342\\200\\256 here\\007'; exit 3");
    const after = await waitFor("its end", async () => {
      const lines = (await viewer.ok("events", "--since", last.cursor, "--tag", "team=red", "--json")).split("\n").map((line) => JSON.parse(line) as Line);
      return lines.some(({ kind }) => kind === "session-ended") && lines;
    });
    expect(after.filter(({ kind }) => kind !== "session-changed").map(({ kind }) => kind ?? "end")).toEqual(["session-launched", "terminal-signal", "session-ended", "end"]);
    expect(await viewer.ok("events", "--session", "b:marked", "--kind", "session-ended")).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}b {2}session-ended {5}b:\d+ marked {2}exited 3$/);
    const text = await viewer.ok("events", "--session", "b:marked", "--kind", "terminal-signal");
    expect(text).toContain("notification: look");
    expect(text).not.toContain("\u202e");
    const { stderr, stdout } = await viewer.fleet("events", "--since", `another.7.${Date.now().toString(36)}`, "--json");
    expect(stderr).toContain("gap after another.7");
    expect(stdout.trim().split("\n")).toHaveLength(1);
    expect((await viewer.fleet("events", "--since", "yesterday")).code).toBe(2);
  }, 60_000);

  it("tells the desktop of the whole fleet's events, and the node of its own by a program", async () => {
    const bin = join(viewer.home, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "notify-send"), `#!/bin/sh\necho "$4" >> ${viewer.home}/bubbles\n`);
    chmodSync(join(bin, "notify-send"), 0o755);
    viewer.env["PATH"] = `${bin}:${viewer.env["PATH"]}`;
    writeFileSync(join(viewer.home, "config/config.toml"), '[[notify]]\nname = "me"\nkinds = ["session-ended"]\ntags = ["tell"]\ndesktop = true\n', { mode: 0o600 });
    writeFileSync(join(b.home, "config/config.toml"), `[[notify]]\nname = "here"\nby = "node"\nkinds = ["session-ended"]\ntags = ["tell"]\ncommand = ["sh", "-c", "echo $FLEET_EVENT_TARGET $FLEET_EVENT_STATE >> ${b.home}/told"]\n`, { mode: 0o600 });
    process.kill(await agentPid(b), "SIGHUP");
    expect(await viewer.ok("notify", "test", "me")).toContain("told (desktop)");
    const running = run(viewer, "notify", "run");
    await waitFor("it tells", () => running.stderr.includes("telling me"));
    await waitFor("the node has read its rules", async () => readFileSync(join(b.home, "state/logs/agent.log"), "utf8").includes("telling of events"));
    const before = run(viewer, "events", "-f", "--json", "--limit", "0");
    const target = await b.ok("launch", "--tag", "tell", "--", "sh", "-c", "exit 7");
    await waitFor("the bubble", () => existsSync(`${viewer.home}/bubbles`) && readFileSync(`${viewer.home}/bubbles`, "utf8").includes(`session-ended  ${target}  exited 7`), 20_000);
    await waitFor("the program", () => existsSync(`${b.home}/told`) && readFileSync(`${b.home}/told`, "utf8") === `${target} exited\n`, 20_000);
    await waitFor("that it was told is known", async () => (await viewer.json<{ sent: number; waiting: number }[]>("notify", "ls")).every(({ sent, waiting }) => sent === 1 && waiting === 0));
    await before.end();
    expect(await running.end()).toBe(130);
  }, 60_000);
});

describe("events without a registry", () => {
  it("come from the nodes that are found, which is said, and go on", async () => {
    await using nats = await startNats();
    await using a = machine({ FLEET_NATS_URL: nats.url, FLEET_OPEN: "1", FLEET_GATEWAY: "0" });
    await using b = machine({ FLEET_NATS_URL: nats.url, FLEET_OPEN: "1", FLEET_GATEWAY: "0" });
    await Promise.all([a.ok("up", "--name", "one"), b.ok("up", "--name", "two")]);
    await Promise.all([a.ok("launch", "-q", "--", "true"), b.ok("launch", "-q", "--", "true")]);
    await waitFor("both ends", async () => (await a.ok("events", "--kind", "session-ended")).split("\n").length === 2);
    const { stderr } = await a.fleet("events");
    expect(stderr).toContain("no registry here: the events of 2 nodes");
    const follower = new Running(a, "events", "-f", "--json", "--limit", "0", "--kind", "session-ended");
    await waitFor("it follows", () => follower.stderr.includes("no registry here"));
    await b.ok("launch", "-q", "--", "true");
    await a.ok("launch", "-q", "--", "true");
    await waitFor("both", () => ["one:2", "two:2"].every((target) => follower.lines.some(({ session }) => session?.target === target)), 20_000);
    expect(follower.lines).toHaveLength(2);
    expect(await follower.end()).toBe(130);
  }, 60_000);
});
