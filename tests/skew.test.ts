// Two releases that talk to each other, each a real program: what one doesn't know is said in one line that names both, nothing
// half-understood is done, and a list shows what can be read.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildFleet, Home, type Built, type Ended } from "../fleet-cli/src/test-fleet.ts";
import { startNats, type TestNats } from "../node-agent/src/fleet/testing.ts";
import { bundleAgent } from "../node-agent/src/test-agent.ts";
import type { NodeRecord, SessionRecord } from "../shared/src/domain/index.ts";
import { waitFor } from "../shared/src/testing/index.ts";
import { edited, release } from "./releases.ts";
import { isAlive } from "./machines.ts";

/** Without a verb, without a field of an input, and with an answer that says less. */
const OLDER = edited({
  ...release("0.0.9"),
  "bus/contracts.ts": [['  "session-prune": sessionPrune,\n', ""], ['  "session-search": sessionSearch,\n', ""]],
  "bus/handlers/index.ts": [['  "session-prune": handleSessionPrune,\n', ""], ['  "session-search": handleSessionSearch,\n', ""]],
  "wire/messages.ts": [['z.enum(["text", "ansi", "facts", "cells"]),\n    scrollback', 'z.enum(["text", "ansi"]),\n    scrollback']],
  "bus/node-drain.ts": [[/ {4}killAfter: .*\n/, ""]],
  "bus/session-get.ts": [[/ {4}idleSeconds: .*\n/, ""]],
});
/** Of before its record said on what it runs. */
const ANCIENT = { "domain/node.ts": [["  platform: z.string(),\n", ""]] } as const;
/** With a state that nobody knew before, and an event of a new kind. */
const NEWER = edited({
  ...release("0.9.0"),
  "domain/session.ts": [['"starting", "running",', '"starting", "running", "paused",']],
  "sessions/record.ts": [[/state: row\.state,/, 'state: row.tags.includes("odd" as never) ? ("paused" as never) : row.state,']],
  "node/node-service.ts": [['service.tell({ kind: "node-changed", record });', 'service.tell({ kind: "node-changed", record });\n      service.say({ kind: "node-blessed" as never });']],
});
const OTHER_CONTRACT = { "bus/messages.ts": [["CONTRACT_VERSION = 1", "CONTRACT_VERSION = 2"]] } as const;

type Agent = Awaited<ReturnType<typeof bundleAgent>>;

describe("other releases", () => {
  let nats: TestNats;
  let registry: ChildProcess;
  let directory: string;
  let older: Agent, newer: Agent, current: Agent, contract2: Agent, ancient: Agent;
  let fleet: Built, olderFleet: Built, newerFleet: Built, fleet2: Built, ancientFleet: Built;
  const homes: Home[] = [];

  function home(built: Built, agent: Agent, more: Record<string, string> = {}): Home {
    const made = new Home(built, { FLEET_NODE_PROGRAM: agent.program, ...more });
    homes.push(made);
    return made;
  }
  async function ok(from: Home, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await from.fleet(...args);
    if (code !== 0) throw new Error(`fleet ${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  }
  function startRegistry(): void {
    registry = spawn(process.execPath, [current.program, "registry", "--state", directory, "--nats", nats.url], { stdio: "ignore" });
  }
  async function endRegistry(): Promise<void> {
    registry.kill();
    await new Promise((resolve) => registry.once("exit", resolve));
  }
  /** The error's one line names both releases. */
  function names({ code, stderr }: Ended, node: string, command: string, more: RegExp): void {
    expect(code, stderr).toBe(1);
    const [line] = stderr.split("\n").filter((text) => text.startsWith("fleet: "));
    expect(line).toContain(node);
    expect(line).toContain(command);
    expect(stderr).toMatch(more);
  }

  beforeAll(async () => {
    [older, newer, current, contract2, ancient] = await Promise.all([bundleAgent([OLDER]), bundleAgent([NEWER]), bundleAgent(), bundleAgent([edited({ ...release("2.0.0"), ...OTHER_CONTRACT })]), bundleAgent([edited({ ...release("0.0.5"), ...ANCIENT, "node/node-service.ts": [[/ {8}platform: .*\n/, ""]] })])]);
    [fleet, olderFleet, newerFleet, fleet2, ancientFleet] = await Promise.all([
      buildFleet("0.1.0"),
      // It calls a field by its old name.
      buildFleet("0.0.9", [edited({ "commands/kill.ts": [["{ graceMs: flags.grace }", "{ grace: flags.grace } as object"]], "bus/session-kill.ts": [["graceMs: z", "grace: z"]] })]),
      buildFleet("0.9.0", [edited({ "bus/session-prune.ts": [['verb: "session-prune"', 'verb: "session-sweep"']] })]),
      buildFleet("2.0.0", [edited(OTHER_CONTRACT)]),
      buildFleet("0.0.5", [edited(ANCIENT)]),
    ]);
    nats = await startNats();
    directory = mkdtempSync(join(tmpdir(), "fw-"));
    startRegistry();
  }, 60_000);
  afterAll(async () => {
    for (const one of homes) {
      await one.fleet("down", "--sessions", "--yes");
      one[Symbol.dispose]();
    }
    registry.kill();
    await nats[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
    for (const one of [older, newer, current, contract2, ancient, fleet, olderFleet, newerFleet, fleet2, ancientFleet]) one[Symbol.dispose]();
  });

  it("an older agent and this command, on one machine and over NATS; a restart brings the installed release, sessions go on", async () => {
    const there = home(fleet, older);
    await ok(there, "up", "--name", "old", "--nats", nats.url, "--open");
    const caller = home(fleet, current, { FLEET_NATS_URL: nats.url });
    await waitFor("the registry lists it", async () => (JSON.parse(await ok(caller, "nodes", "--json")) as NodeRecord[]).some(({ name, version }) => name === "old" && version === "0.0.9"));
    const pid = (JSON.parse(await ok(there, "launch", "--name", "kept", "--json", "--", "sh", "-c", "echo shown; exec sleep 1000")) as SessionRecord).pid as number;
    for (const [from, target, verb] of [[there, "kept", ["prune", "--yes"]], [caller, "old:kept", ["prune", "--node", "old", "--yes"]]] as const) {
      names(await from.fleet(...verb), "0.0.9", "0.1.0", from === there ? /'session-prune'[^]*fleet up --restart/ : /'session-prune'[^]*install 0\.1\.0 where node old runs/);
      names(await from.fleet("status", target), "0.0.9", "0.1.0", /idleSeconds/);
      names(await from.fleet("search", "x"), "0.0.9", "0.1.0", /'session-search'/);
      // Its host draws text and no more.
      expect(JSON.parse(await ok(from, "screen", target, "--json"))).toMatchObject({ target: "old:1", cols: 120, text: "shown\n" });
      expect(await from.fleet("screen", target, "--json", "--cells")).toMatchObject({ code: 1, stderr: expect.stringContaining("older release") as string });
      names(await from.fleet("node", "drain", "old", "--deadline", "1h", "--kill-after"), "0.0.9", "0.1.0", /'killAfter' of 'node-drain', and did nothing/);
    }
    expect((JSON.parse(await ok(caller, "nodes", "--json")) as NodeRecord[])[0]).toMatchObject({ name: "old", draining: false });
    // A program that was replaced while it runs is told about, also where all goes well.
    expect((await there.fleet("ls")).stderr).toContain("this machine's node runs Fleetwire 0.0.9, and this command is 0.1.0: 'fleet up --restart'");
    const after = await there.run("fleet", ["up", "--restart", "--json"], { env: { FLEET_NODE_PROGRAM: current.program } });
    expect(after).toMatchObject({ code: 0 });
    expect(JSON.parse(after.stdout)).toMatchObject({ node: { name: "old", version: "0.1.0", sessions: { running: 1 } } });
    expect(isAlive(pid)).toBe(true);
    expect((await there.fleet("ls")).stderr).not.toContain("0.0.9");
  }, 60_000);

  it("a node whose record says less stays in the registry's list; on its own machine a restart is what to do", async () => {
    const there = home(ancientFleet, ancient);
    await ok(there, "up", "--name", "ancient", "--label", "zone=us", "--nats", nats.url, "--open");
    await ok(there, "launch", "--", "sleep", "1000");
    const far = home(fleet, current, { FLEET_NATS_URL: nats.url });
    await waitFor("the registry lists it", async () => {
      const found = (JSON.parse(await ok(far, "nodes", "--json")) as NodeRecord[]).find(({ name }) => name === "ancient");
      return found?.version === "0.0.5" && found.labels["zone"] === "us" && /registry can't read its platform/.test(found.warning ?? "");
    }, 20_000);
    const env = { PATH: `${fleet.bin}:${process.env["PATH"] ?? ""}`, FLEET_NODE_PROGRAM: current.program };
    names(await there.run("fleet", ["ls"], { env }), "0.0.5", "0.1.0", /platform[^]*'fleet up --restart'/);
    expect(JSON.parse((await there.run("fleet", ["up", "--restart", "--json"], { env })).stdout)).toMatchObject({ node: { version: "0.1.0", sessions: { running: 1 } } });
  }, 60_000);

  it("a newer command and an older one with this agent: both are told apart, and nothing half-understood is done", async () => {
    const there = home(newerFleet, current);
    await ok(there, "up", "--name", "now", "--nats", nats.url, "--open");
    await ok(there, "launch", "--name", "job", "--", "sleep", "1000");
    const far = home(newerFleet, current, { FLEET_NATS_URL: nats.url });
    names(await there.fleet("prune", "--yes"), "0.1.0", "0.9.0", /'session-sweep'[^]*fleet up --restart/);
    names(await far.fleet("prune", "--node", "now", "--yes"), "0.1.0", "0.9.0", /'session-sweep'[^]*install 0\.9\.0/);
    const old = home(olderFleet, current, { FLEET_NATS_URL: nats.url });
    const GRACE = /'grace' of 'session-kill', and did nothing[^]*update this command to 0\.1\.0/;
    names(await old.fleet("kill", "now:job", "--grace", "1"), "0.1.0", "0.0.9", GRACE);
    names(await there.run("fleet", ["kill", "job", "--grace", "1"], { env: { PATH: `${olderFleet.bin}:${process.env["PATH"] ?? ""}` } }), "0.1.0", "0.0.9", GRACE);
    expect(JSON.parse(await ok(there, "ls", "--node", "now", "--json"))).toMatchObject([{ name: "job", state: "running" }]);
  }, 60_000);

  it("a state and an event of a newer node: the other rows are there, and which is left out is said", async () => {
    const there = home(fleet, newer);
    await ok(there, "up", "--name", "new", "--nats", nats.url, "--open");
    await ok(there, "launch", "--", "sleep", "1000");
    const odd = await there.fleet("launch", "--tag", "odd", "--", "sleep", "1000");
    names(odd, "0.9.0", "0.1.0", /'session-launch'.state: .*; what was asked has been done/);
    await ok(there, "launch", "--", "sleep", "1000");
    await ok(there, "node", "label", "new", "zone=eu");
    const far = home(fleet, current, { FLEET_NATS_URL: nats.url });
    const local = await there.fleet("ls", "--node", "new", "--json");
    expect((JSON.parse(local.stdout) as SessionRecord[]).map(({ target }) => target)).toEqual(["new:1", "new:3"]);
    expect(local.stderr).toMatch(/left out, because this command \(0\.1\.0\) can't read it: new:2: state: .* runs 0\.9\.0/);
    await waitFor("the registry knows the others, and the label", async () => {
      const [record] = (JSON.parse(await ok(far, "nodes", "--json")) as NodeRecord[]).filter(({ name }) => name === "new");
      return record?.labels["zone"] === "eu" && (JSON.parse(await ok(far, "ls", "--node", "new", "--json")) as SessionRecord[]).length === 2;
    }, 20_000);
    await endRegistry();
    const scattered = await far.fleet("ls", "--node", "new", "--json");
    expect((JSON.parse(scattered.stdout) as SessionRecord[]).map(({ target }) => target)).toEqual(["new:1", "new:3"]);
    expect(scattered.stderr).toMatch(/left out.*new:2: state/);
  }, 60_000);

  it("another contract is refused on both sides, and the others are listed", async () => {
    startRegistry();
    const plain = home(fleet, current);
    await ok(plain, "up", "--name", "plain", "--nats", nats.url, "--open");
    const there = home(fleet2, contract2);
    await ok(there, "up", "--name", "second");
    const caller2 = home(fleet2, contract2, { FLEET_NATS_URL: nats.url });
    names(await caller2.fleet("nodes"), "0.1.0", "2.0.0", /the registry runs Fleetwire 0\.1\.0.* it speaks contract version 1[^]*install 2\.0\.0/);
    await endRegistry();
    expect((await caller2.fleet("nodes")).stderr).toMatch(/[1-9] nodes? answered in a way that this command \(2\.0\.0\) can't read/);
    const refused = await there.run("curl", ["-s", "--unix-socket", `${there.path}/run/agent.sock`, "http://x/v2/node-get", "-d", "{}"]);
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: "version-skew", message: expect.stringContaining("contract version 2") as string } });
  }, 60_000);
});
