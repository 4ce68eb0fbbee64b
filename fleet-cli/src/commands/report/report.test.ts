// The command as agents run it: what their events become, and that nothing of it ever reaches them.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { InputOf, sessionReport } from "@fleetwire/shared/bus";
import { buildFleet, Home, NODE, refusal, standIn, STATUS, type Built, type Ended, type StandIn } from "../../test-fleet.ts";
import { AgentHooks, AGENTS } from "./agents.ts";
import { meaningOf } from "./hook-event.ts";

type Input = InputOf<typeof sessionReport>;

describe("what an agent's event means", () => {
  it("is a table for each agent, and each event that its settings name is in it", () => {
    for (const hooks of Object.values(AGENTS)) {
      expect(AgentHooks.parse(hooks)).toEqual(hooks);
      const events = Object.keys((hooks.settings?.["hooks"] ?? {}) as object);
      for (const event of events) expect(hooks.rules.map((rule) => rule.event)).toContain(event);
      for (const { when = {} } of hooks.rules) for (const pattern of Object.values(when)) expect(() => new RegExp(pattern, "u")).not.toThrow();
    }
  });

  it.each<[string, object, string]>([
    ["claude", { hook_event_name: "UserPromptSubmit", prompt: "go" }, "working"],
    ["claude", { hook_event_name: "PreToolUse", tool_name: "Bash", tool_input: { command: "ls" } }, "working soft"],
    ["claude", { hook_event_name: "PreToolUse", tool_name: "AskUserQuestion", tool_input: { questions: [{ question: "Which?" }] } }, "blocked question 'Which?'"],
    ["claude", { hook_event_name: "PermissionRequest", tool_name: "Bash" }, "blocked permission 'Bash'"],
    ["claude", { hook_event_name: "Notification", notification_type: "permission_prompt", message: "Claude needs your permission to use Bash" }, "blocked permission 'Claude needs your permission to use Bash'"],
    ["claude", { hook_event_name: "Notification", notification_type: "idle_prompt", message: "Claude is waiting for your input" }, "idle soft"],
    ["claude", { hook_event_name: "Notification", notification_type: "auth_success", message: "permission granted" }, "nothing"],
    ["claude", { hook_event_name: "Notification", message: "Claude needs your permission to use Bash" }, "blocked permission 'Claude needs your permission to use Bash'"],
    ["claude", { hook_event_name: "Notification", message: "Claude is waiting for your input" }, "idle soft"],
    ["claude", { hook_event_name: "Stop", stop_hook_active: false }, "done"],
    ["claude", { hook_event_name: "StopFailure", error: "rate_limit" }, "blocked error 'rate_limit'"],
    ["claude", { hook_event_name: "SubagentStop" }, "nothing"],
    ["claude", { hook_event_name: "SessionStart", source: "compact" }, "working soft"],
    ["claude", { hook_event_name: "SessionStart", source: "resume" }, "idle"],
    ["claude", { hook_event_name: "SessionEnd", reason: "other" }, "idle soft"],
    ["codex", { hook_event_name: "PermissionRequest", tool_name: "Bash", tool_input: { command: "make" } }, "blocked permission 'make'"],
    ["codex", { "type": "agent-turn-complete", "turn-id": "1", "last-assistant-message": "Fixed." }, "done 'Fixed.'"],
    ["gemini", { hook_event_name: "BeforeAgent", prompt: "go" }, "working"],
    ["gemini", { hook_event_name: "Notification", notification_type: "ToolPermission", message: "Run ls?" }, "blocked permission 'Run ls?'"],
    ["gemini", { hook_event_name: "AfterAgent" }, "done"],
    ["opencode", { type: "session.status", properties: { sessionID: "s", status: { type: "busy" } } }, "working soft"],
    ["opencode", { type: "session.idle", properties: { sessionID: "s" } }, "done"],
    ["opencode", { type: "permission.asked", properties: { id: "p", permission: "bash" } }, "blocked permission 'bash'"],
    ["opencode", { type: "permission.replied", properties: {} }, "working"],
    ["opencode", { type: "session.error", properties: { error: { name: "MessageAbortedError" } } }, "idle"],
    ["opencode", { type: "session.error", properties: { error: { name: "ProviderAuthError", data: { message: "no key" } } } }, "blocked error 'no key'"],
    ["opencode", { type: "file.edited", properties: {} }, "nothing"],
    ["claude", [1, null], "nothing"],
    ["claude", { hook_event_name: "Stop".repeat(1000) }, "nothing"],
  ])("%s %j: %s", (agent, event, expected) => {
    const said = meaningOf(AGENTS[agent] as AgentHooks, event);
    const text = said === undefined ? "nothing" : [said.state, said.reason, said.message === undefined ? undefined : `'${said.message}'`, said.soft === true ? "soft" : undefined].filter((part) => part !== undefined).join(" ");
    expect(text).toBe(expected);
  });
});

describe("fleet report", () => {
  let built: Built;
  let home: Home;
  let node: StandIn;
  const taken = (input: Input) => ({ target: "here:7", taken: true, activity: { state: input.state, reason: input.reason, at: "2026-01-01T00:00:00.000Z" } });
  const inside = () => ({ FLEET_SOCKET: join(home.path, "run/s7.sock"), FLEET_SESSION: "7", FLEET_NODE: "here", FLEET_SESSION_EPOCH: "abcdef" });
  const stop = JSON.stringify({ hook_event_name: "Stop" });
  const hook = (args: readonly string[], input: string, env: Record<string, string> = inside()): Promise<Ended> => home.run("fleet", ["report", ...args], { input, env });

  beforeAll(async () => {
    built = await buildFleet();
  }, 60_000);
  afterAll(() => built[Symbol.dispose]());
  beforeEach(async () => {
    home = new Home(built);
    node = await standIn(join(home.path, "run/s7.sock"), { "session-report": taken, "agent-status": () => STATUS, "node-get": () => NODE });
  });
  afterEach(async () => {
    await node[Symbol.asyncDispose]();
    home[Symbol.dispose]();
  });

  it("says it over the session's own socket, with when it was and of which life", async () => {
    const before = Date.now() * 1000;
    const { code, stdout } = await home.run("fleet", ["report", "blocked", "--reason", "permission", "--message", "may I?"], { env: inside() });
    expect([code, stdout]).toEqual([0, "here:7 blocked: permission\n"]);
    const [said] = node.requests.map(({ input }) => input as Input);
    const { seq = 0, ...rest } = said as Input;
    expect(rest).toEqual({ state: "blocked", reason: "permission", message: "may I?", epoch: "abcdef", session: { id: 7 } });
    expect(seq).toBeGreaterThan(before);
    expect(seq).toBeLessThan(Date.now() * 1000);
  });

  it("outside a session wants to know whose report it is; a state that there isn't is a mistake", async () => {
    expect(await home.fleet("report", "done")).toMatchObject({ code: 2, stderr: expect.stringContaining("--session TARGET") });
    expect(await home.run("fleet", ["report", "thinking"], { env: inside() })).toMatchObject({ code: 2, stderr: expect.stringContaining("none of working, blocked, done, idle, unknown") });
    expect(node.requests).toEqual([]);
  });

  it("as a hook takes the event from stdin or the last word, and says nothing", async () => {
    expect(await hook(["--hook", "claude"], stop)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await hook(["--hook", "codex", '{"type":"agent-turn-complete"}'], "")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await hook(["--hook", "claude", "--json"], JSON.stringify({ hook_event_name: "PermissionRequest", tool_name: "Bash", tool_input: { command: "x".repeat(300_000) } }))).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(node.requests.map(({ input }) => (input as Input).state)).toEqual(["done", "done", "blocked"]);
  });

  it("as a hook never fails and never speaks, whatever is wrong", async () => {
    const nothing = { code: 0, stdout: "", stderr: "" };
    const gone = { ...inside(), FLEET_SOCKET: "/nonexistent/s.sock", FLEET_NODE_PROGRAM: "/nonexistent/agent.js" };
    expect(await Promise.all([
      hook(["--hook", "claude"], "this is no JSON"),
      hook(["--hook", "claude"], ""),
      hook(["--hook", "claude"], '{"hook_event_name":"SomethingNew"}'),
      hook(["--hook", "nobody-knows"], stop),
      hook(["--hook"], stop),
      hook(["--hook=claude", "--no-such-flag", "too", "many", "words"], stop),
      hook(["--hook", "claude"], stop, gone),
      hook(["--hook", "claude"], stop, {}),
    ])).toEqual(Array(8).fill(nothing));
    mkdirSync(join(home.path, "config"), { recursive: true });
    writeFileSync(join(home.path, "config/config.toml"), "this is [ no TOML", { mode: 0o600 });
    expect(await hook(["--hook", "claude"], stop)).toEqual(nothing);
    // Who looks for the reason finds it.
    expect(await hook(["--hook", "claude", "--debug"], stop)).toMatchObject({ code: 2, stderr: expect.stringContaining("config.toml") });
  }, 30_000);

  it("as a hook is silent when the node refuses, and when it doesn't answer", async () => {
    await node[Symbol.asyncDispose]();
    node = await standIn(join(home.path, "run/s7.sock"), { "session-report": () => refusal("denied", "no") });
    expect(await hook(["--hook", "claude"], stop)).toEqual({ code: 0, stdout: "", stderr: "" });
    await node[Symbol.asyncDispose]();
    node = await standIn(join(home.path, "run/s7.sock"), {});
    node.server.removeAllListeners("request");
    const began = performance.now();
    expect(await hook(["--hook", "claude"], stop)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(performance.now() - began).toBeLessThan(20_000);
  }, 30_000);
});

describe("fleet hooks", () => {
  it("prints settings to paste, and where they go on stderr", async () => {
    using built = await buildFleet();
    using home = new Home(built);
    const { stdout, stderr } = await home.fleet("hooks", "claude");
    const { hooks } = JSON.parse(stdout) as { hooks: Record<string, { hooks: { type: string; command: string }[] }[]> };
    expect(hooks["Stop"]?.[0]?.hooks[0]).toMatchObject({ type: "command", command: "fleet report --hook claude" });
    expect(stderr).toContain("~/.claude/settings.json");
    expect(JSON.parse((await home.fleet("hooks", "opencode", "--json")).stdout)).toMatchObject({ agent: "opencode", file: expect.stringContaining("plugins/fleet.js"), text: expect.stringContaining("export const Fleet") });
    expect((await home.fleet("hooks")).stdout).toContain("Gemini CLI");
    expect(await home.fleet("hooks", "toaster")).toMatchObject({ code: 2, stderr: expect.stringContaining("claude, codex") });
    // What is printed is a program that can be loaded, and a script that a shell reads.
    const plugin = join(home.path, "fleet.mjs");
    writeFileSync(plugin, (await home.fleet("hooks", "opencode")).stdout);
    expect((await home.run("node", ["--input-type=module", "-e", `const { Fleet } = await import(${JSON.stringify(plugin)}); console.log(typeof (await Fleet()).event)`])).stdout).toBe("function\n");
    expect(await home.run("bash", ["-n"], { input: (await home.fleet("hooks", "bash")).stdout })).toMatchObject({ code: 0, stderr: "" });
  }, 60_000);
});
