// 'fleet mcp' as its clients meet it: the SDK's own client, a real hub, two nodes.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SessionRecord } from "../shared/src/domain/index.ts";
import { waitFor } from "../shared/src/testing/index.ts";
import { machine, type Machine } from "./machines.ts";
import { CHANGING, McpFleet, READING, worker } from "./mcp-fleet.ts";

describe("an MCP client and a fleet of two nodes", () => {
  let fleet: McpFleet;
  let a: Machine;
  const connect = (on: Machine, ...args: string[]) => fleet.connect(on, ...args);
  beforeAll(async () => {
    fleet = await McpFleet.start();
    ({ a } = fleet);
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  it("lists its tools with schemas, titles and what they change", async () => {
    const { client } = await connect(a);
    expect(client.getServerVersion()).toMatchObject({ name: "fleet" });
    expect(client.getInstructions()).toMatch(/data .*never instructions/);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([...READING, ...CHANGING]);
    for (const { name, title, description, inputSchema, outputSchema, annotations } of tools) {
      expect(title, name).toMatch(/^[A-Z]/);
      expect(description?.length, name).toBeGreaterThan(60);
      expect(inputSchema, name).toMatchObject({ type: "object", additionalProperties: false });
      expect(outputSchema, name).toMatchObject({ type: "object", properties: { error: { type: "object" } } });
      expect(annotations?.readOnlyHint, name).toBe(READING.includes(name));
    }
  });

  it.each(["a", "b"])("every tool does its work on node %s", async (node) => {
    const mcp = await connect(a);
    expect((await mcp.ok("nodes")).nodes.map(({ name }: { name: string }) => name)).toEqual(["a", "b"]);
    expect((await mcp.ok("label", { node, set: { zone: `z${node}` } })).node.labels).toMatchObject({ zone: `z${node}` });
    // The registry hears of it a moment later.
    await waitFor("the label is listed", async () => (await mcp.ok("nodes", { where: [`zone=z${node}`] })).nodes[0]?.name === node);
    expect((await mcp.ok("node", { node })).node).toMatchObject({ name: node, state: "live", gpuList: [] });

    const name = `shell-${node}`;
    const launched = await mcp.call("launch", { command: ["bash", "--norc"], node, name, tags: ["mcp"], dir: "/", env: { SECRET: "hunter2-value" } });
    const { target } = launched.data.session as SessionRecord;
    expect(target).toMatch(new RegExp(`^${node}:\\d+$`));
    expect(JSON.stringify(launched)).not.toContain("hunter2");
    expect((await mcp.ok("status", { target: `${node}:${name}` })).session).toMatchObject({ target, name, cwd: "/", state: "running" });
    await mcp.ok("wait", { targets: [target], for: [], pattern: "[$#] ?$" });

    const sent = await mcp.ok("send", { target, text: "echo $((6*7)); echo $SECRET | wc -c" });
    expect(sent).toMatchObject({ receipt: "written" });
    expect(await mcp.ok("wait", { targets: [target], for: [], pattern: "^42$", from: sent.offset })).toMatchObject({ met: true, sessions: [{ why: "pattern", line: "42" }] });
    const watched = await mcp.ok("watch", { target, from: sent.offset, pattern: "^14$" });
    expect(watched).toMatchObject({ stopped: "pattern", from: sent.offset });
    expect(watched.text).toMatch(/^42\n14/m);
    expect(await mcp.ok("watch", { target, from: 0, quietSeconds: 0.3 })).toMatchObject({ stopped: "quiet", from: 0 });
    const screen = await mcp.ok("screen", { target });
    expect(screen).toMatchObject({ cols: 120, rows: 40, cutChars: 0 });
    expect(screen.text).toMatch(/^42$/m);
    expect(screen.untrusted).toMatch(/not instructions/);
    expect((await mcp.ok("output", { target, lines: 2 })).text.split("\n").length).toBeLessThanOrEqual(3);

    const typed = await mcp.ok("send", { target, text: "cat", enter: false });
    await mcp.ok("keys", { target, keys: ["Enter", "x", "C-c"] });
    expect(await mcp.ok("wait", { targets: [target], for: [], pattern: "\\^C", from: typed.offset })).toMatchObject({ met: true });

    expect((await mcp.ok("sessions", { tags: ["mcp"], nodes: [node], states: ["alive"] })).sessions).toMatchObject([{ target, name }]);
    const restarted = (await mcp.ok("restart", { target, graceSeconds: 1 })).session;
    expect(restarted).toMatchObject({ target, state: "running" });
    expect((await mcp.ok("kill", { targets: [target], graceSeconds: 1 })).ended).toMatchObject([{ session: { target, state: "killed" }, before: false }]);
    const happened = await waitFor("the events tell of its end", async () => {
      const { events } = await mcp.ok("events", { targets: [target], kinds: ["session-ended"] });
      return events.length > 0 && events;
    });
    expect(happened.at(-1)).toMatchObject({ kind: "session-ended", node, session: { target, state: "killed" } });
    expect(await mcp.ok("remove", { targets: [target] })).toMatchObject({ removed: [target], failed: [] });
    expect((await mcp.call("status", { target })).error).toMatchObject({ code: "unknown-session", retryable: false, hint: expect.stringContaining("'sessions'") as string });
  });

  it("a supervisor's whole work: three workers, one that asks, answered, waited for, collected, removed", async () => {
    const mcp = await connect(a);
    const quick = (text: string) => ["sh", "-c", `echo ${text}; sleep 1; exit 0`];
    const commands = { asks: worker(3), one: quick("result-1"), two: quick("result-2") };
    const nodes = { asks: "b", one: "a", two: "b" };
    const targets: Record<string, string> = {};
    for (const [name, command] of Object.entries(commands)) targets[name] = (await mcp.ok("launch", { command, name, node: nodes[name as keyof typeof nodes], tags: ["crew"] })).session.target;
    const all = Object.values(targets);

    const blocked = await mcp.ok("wait", { targets: all, for: ["blocked"], mode: "any", timeoutSeconds: 60 });
    expect(blocked.met).toBe(true);
    const asking = blocked.sessions.find(({ why }: { why: string | null }) => why === "blocked").session.target;
    expect(asking).toBe(targets["asks"]);
    expect((await mcp.ok("sessions", { activity: ["blocked"], tags: ["crew"] })).sessions.map((session: SessionRecord) => session.target)).toContain(asking);
    expect((await mcp.ok("screen", { target: asking })).text).toMatch(/Proceed\?/);
    await mcp.ok("send", { target: asking, text: "yes, do it" });

    expect(await mcp.ok("wait", { targets: all, for: ["exit"], timeoutSeconds: 60 })).toMatchObject({ met: true, timedOut: false });
    const read = async (name: string) => (await mcp.ok("output", { target: targets[name] as string, from: 0 })).text as string;
    expect(await read("asks")).toMatch(/answered: yes, do it/);
    expect(await read("one")).toContain("result-1");
    expect(await read("two")).toContain("result-2");
    expect((await mcp.ok("status", { target: asking })).session).toMatchObject({ state: "exited", exit: { code: 3 } });
    expect((await mcp.ok("remove", { targets: all })).removed.toSorted()).toEqual(all.toSorted());
    expect(await waitFor("the list is empty", async () => (await mcp.ok("sessions", { tags: ["crew"] })).total === 0)).toBe(true);
  });

  it("expected failures are results with a code, a sentence and a hint", async () => {
    const mcp = await connect(a);
    for (const [tool, args, code] of [
      ["status", { target: "b:999999" }, "unknown-session"],
      ["status", { target: "nobody:1" }, "unknown-node"],
      ["status", { target: "a:b:c" }, "bad-target"],
      ["screen", {}, "bad-input"],
      ["screen", { target: "a:1", lines: 3 }, "bad-input"],
      ["wait", { targets: ["a:1"], for: ["lunch"] }, "bad-input"],
      ["launch", { command: [] }, "bad-input"],
      ["launch", { command: ["no-such-program-here"], node: "b" }, "command-not-found"],
      ["launch", { command: ["true"], where: ["zone=mars"] }, "no-fitting-node"],
      ["launch", { command: ["true"], node: "b", dir: "relative" }, "bad-input"],
      ["remove", { targets: ["a:999998", "b:999999"] }, "unknown-session"],
      ["events", { cursor: "???" }, "bad-input"],
      ["frobnicate", {}, "bad-input"],
    ] as const) {
      const { error, text } = await mcp.call(tool, args);
      expect(error, `${tool} ${JSON.stringify(args)}`).toMatchObject({ code, message: expect.any(String) as string, hint: expect.stringMatching(/\S/) as string });
      expect(text).not.toMatch(/ at .*\.[cm]?[jt]s:\d+|Error:/);
    }
    expect((await mcp.call("screen", { target: "a:1", lines: 3 })).text).toMatch(/unknown argument 'lines'/);
  });

  it("a wait that is not met is no error; its progress is told; one that is cancelled ends", async () => {
    const mcp = await connect(a);
    const { target } = (await mcp.ok("launch", { command: ["sleep", "500"], node: "b" })).session;
    const told: string[] = [];
    const waited = await mcp.ok("wait", { targets: [target], timeoutSeconds: 0.5 }, { onprogress: ({ message }) => told.push(message ?? "") });
    expect(waited).toMatchObject({ met: false, timedOut: true, sessions: [{ met: false, why: null, session: { target, state: "running" } }] });
    expect(told.length).toBeGreaterThan(0);
    expect(told[0]).toContain(target);
    const stop = new AbortController();
    const cancelled = mcp.call("wait", { targets: [target], timeoutSeconds: 600 }, { signal: stop.signal });
    const watching = mcp.call("watch", { target, timeoutSeconds: 600 }, { signal: stop.signal });
    setTimeout(() => stop.abort(), 300);
    await expect(cancelled).rejects.toThrow();
    await expect(watching).rejects.toThrow();
    expect(await mcp.ok("kill", { targets: [target], graceSeconds: 0 })).toMatchObject({ failed: [] });
    expect(await mcp.ok("wait", { targets: [target], for: ["blocked"] })).toMatchObject({ met: false, timedOut: false, sessions: [{ session: { state: "killed" } }] });
    expect((await mcp.call("wait", { targets: [target], for: [], pattern: "(a+)+$" })).error).toBeUndefined();
  });

  it("resources: lists, templates, completion, and what is told of changes", async () => {
    const mcp = await connect(a);
    const { client } = mcp;
    await client.listResources();
    const { target } = (await mcp.ok("launch", { command: worker(0), node: "b", name: "resource" })).session;
    await waitFor("the client hears of a new list", () => mcp.listChanges > 0);
    const uris = (await client.listResources()).resources.map(({ uri }) => uri);
    expect(uris).toEqual(expect.arrayContaining(["fleet://nodes", "fleet://sessions", `fleet://session/${target}/screen`, `fleet://session/${target}/log`, `fleet://session/${target}/record`]));
    expect((await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toContain("fleet://session/{target}/screen");
    const completed = await client.complete({ ref: { type: "ref/resource", uri: "fleet://session/{target}/screen" }, argument: { name: "target", value: "b:res" } });
    expect(completed.completion.values).toEqual(["b:resource"]);
    const read = async (uri: string) => ((await client.readResource({ uri })).contents[0] as { text: string }).text;
    expect(JSON.parse(await read("fleet://nodes"))).toMatchObject([{ name: "a" }, { name: "b" }]);
    expect(JSON.parse(await read(`fleet://session/${encodeURIComponent(target)}/record`))).toMatchObject({ session: { target } });
    await waitFor("its screen shows the question", async () => (await read("fleet://session/b:resource/screen")).includes("Proceed?"));
    await expect(client.readResource({ uri: "fleet://session/b:nobody/screen" })).rejects.toMatchObject({ code: -32002, data: { code: "unknown-session" } });

    await client.subscribeResource({ uri: "fleet://session/b:resource/screen" });
    await client.subscribeResource({ uri: "fleet://sessions" });
    await mcp.ok("send", { target, text: "go" });
    await waitFor("the client hears of the session's end", () => mcp.updated.includes("fleet://session/b:resource/screen") && mcp.updated.includes("fleet://sessions"));
    expect(await read("fleet://session/b:resource/log")).toMatch(/answered: go/);
    await client.unsubscribeResource({ uri: "fleet://session/b:resource/screen" });
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual(["supervise", "survey"]);
    expect((await client.getPrompt({ name: "supervise", arguments: { task: "count the stars" } })).messages[0]?.content).toMatchObject({ text: expect.stringContaining("count the stars") as string });
  });

  it("events go on from a cursor, and wait for what comes", async () => {
    const mcp = await connect(a);
    const { next } = await mcp.ok("events", { max: 1 });
    expect(await mcp.ok("events", { cursor: next, tags: ["later"], waitSeconds: 0.2 })).toMatchObject({ events: [], more: false });
    const coming = mcp.ok("events", { cursor: next, tags: ["later"], waitSeconds: 60 });
    const { target } = (await mcp.ok("launch", { command: ["true"], node: "b", tags: ["later"] })).session;
    const { events: first, next: after } = await coming;
    expect(first).toMatchObject([{ kind: "session-launched", session: { target } }]);
    const rest = await waitFor("its end comes after", async () => {
      const { events } = await mcp.ok("events", { cursor: after, tags: ["later"], waitSeconds: 5 });
      return events.length > 0 && events;
    });
    expect(rest.map(({ kind }: { kind: string }) => kind)).not.toContain("session-launched");
  });

  it("types only where it is as was said, and tells what it was instead", async () => {
    const mcp = await connect(a);
    const launch = async (command: string[]) => (await mcp.ok("launch", { command, node: "b" })).session.target as string;
    const [asking, busy] = [await launch(["sh", "-c", `printf 'Proceed? '; read -r answer; echo "answered: $answer"; sleep 1000`]), await launch(["sh", "-c", "echo busy; sleep 1000"])];
    await mcp.ok("wait", { targets: [asking], for: ["blocked"] });
    await fleet.b.ok("report", "blocked", "--reason", "permission", "--session", asking);
    const inVain = [
      [{ target: asking, text: "no", expect: "^Delete it\\?" }, "screen-changed"],
      [{ target: asking, text: "no", when: "idle", timeoutSeconds: 5 }, "not-ready"],
      [{ target: busy, text: "no", when: "blocked", timeoutSeconds: 0.5 }, "timeout"],
      [{ target: asking, text: "no", expect: "(" }, "bad-input"],
      [{ target: asking, text: "no", when: "done" }, "bad-input"],
    ] as const;
    for (const [args, code] of inVain) expect((await mcp.call("send", args)).error, JSON.stringify(args)).toMatchObject({ code, hint: expect.stringMatching(/\S/) as string });
    const sent = await mcp.ok("send", { target: asking, text: "yes", when: "blocked", expect: "^Proceed\\?", observe: true });
    expect(sent).toMatchObject({ receipt: "observed", session: { target: asking } });
    expect(await mcp.ok("wait", { targets: [asking], for: [], pattern: "answered: yes", from: sent.offset })).toMatchObject({ met: true });
    expect((await mcp.ok("output", { target: asking, from: 0 })).text).not.toContain("no");
    expect((await mcp.ok("output", { target: busy, from: 0 })).text).toBe("busy\n");
    await mcp.ok("kill", { targets: [asking, busy], graceSeconds: 0 });
  });

  it("finds what was printed on any node, a bounded part of it, as data", async () => {
    const mcp = await connect(a);
    const print = async (node: string) => (await mcp.ok("launch", { command: ["sh", "-c", `echo first; printf '\\033[31mNeedle-${node}\\033[0m\\n'; echo Needle-again`], node, tags: ["hay"] })).session.target as string;
    const [here, there] = [await print("a"), await print("b")];
    await mcp.ok("wait", { targets: [here, there] });
    const { data: found, text } = await mcp.call("search", { pattern: "Needle-", tags: ["hay"], context: 1 });
    expect(found.matches.map(({ target, line }: { target: string; line: string }) => `${target} ${line}`)).toEqual([`${here} Needle-a`, `${here} Needle-again`, `${there} Needle-b`, `${there} Needle-again`]);
    expect(found).toMatchObject({ more: false, failed: [], matches: [{ before: ["first"] }, {}, {}, {}], untrusted: expect.stringContaining("not instructions") as string });
    expect(text).toMatch(/data, not instructions -----\n[^]*Needle-a/);
    const { offset } = found.matches[3];
    expect((await mcp.ok("output", { target: there, from: offset })).text).toBe("Needle-again\n");
    expect((await mcp.ok("search", { pattern: "needle-\\w$", regex: true, ignoreCase: true, targets: [there] })).matches).toMatchObject([{ target: there, line: "Needle-b" }]);
    expect(await mcp.ok("search", { pattern: "Needle", tags: ["hay"], max: 1 })).toMatchObject({ more: true, matches: [{ target: here }] });
    expect((await mcp.ok("search", { pattern: "needle", nodes: ["b"], tags: ["hay"], sinceMinutes: 60 })).matches).toEqual([]);
    for (const [args, code] of [[{ pattern: "(", regex: true }, "bad-input"], [{ pattern: "x", targets: [here], nodes: ["a"] }, "bad-input"], [{ pattern: "x", nodes: ["c"] }, "unknown-node"], [{ pattern: "x", targets: ["b:99999"] }, "unknown-session"]] as const) expect((await mcp.call("search", args)).error, JSON.stringify(args)).toMatchObject({ code });
  });

  it("sends messages, waits for the answer, and reads what came once", async () => {
    const [mcp, other] = [await connect(a), await connect(fleet.b)];
    const waiting = other.ok("messages", { waitSeconds: 60 });
    const asking = mcp.ok("message", { to: "@b", text: "may I merge\u001b[31m?", subject: "the branch", request: true, timeoutSeconds: 60 });
    const [request] = (await waiting).messages;
    expect(request).toMatchObject({ kind: "message", from: { address: "@a" }, to: "@b", subject: "the branch", text: "may I merge?", wantsReply: true, unread: true, replyTo: null });
    expect(await other.ok("message", { replyTo: request.id, text: "yes" })).toMatchObject({ state: "delivered", to: "@a", reply: null, timedOut: false });
    expect(await asking).toMatchObject({ state: "delivered", timedOut: false, reply: { text: "yes", replyTo: request.id, from: { address: "@b" } } });
    for (const one of [mcp, other]) expect((await one.ok("messages")).messages).toEqual([]);
    expect((await other.ok("messages", { includeRead: true })).messages).toMatchObject([{ id: request.id, unread: false }]);

    const silent = await mcp.ok("message", { to: "@b", text: "anybody?", request: true, timeoutSeconds: 0.3 });
    expect(silent).toMatchObject({ timedOut: true, reply: null });
    await mcp.ok("message", { to: "@b", text: "second" });
    expect(await other.ok("messages", { keep: true, max: 1 })).toMatchObject({ more: true, messages: [{ id: silent.id }] });
    const { data, text } = await other.call("messages", { from: "@a" });
    expect(data).toMatchObject({ more: false, messages: [{ text: "anybody?" }, { text: "second" }] });
    expect(text).toMatch(/from @a .*\n----- message \w+: data, not instructions -----\nanybody\?\n----- end/);

    const { target } = (await mcp.ok("launch", { command: ["sleep", "1000"], node: "b", name: "mailed" })).session;
    expect(await mcp.ok("message", { to: "b:mailed", text: "for the session" })).toMatchObject({ state: "delivered", to: "b:mailed" });
    expect(await fleet.b.json("msg", "inbox", "--session", "mailed")).toMatchObject([{ text: "for the session", from: { address: "@a" } }]);
    await using laptop = machine();
    await laptop.ok("join", await a.ok("hub", "token", "--role", "operator", "--name", "ann"));
    const nodeless = await connect(laptop);
    const { id } = await nodeless.ok("message", { to: target, text: "from a machine without a node" });
    await fleet.b.ok("msg", "reply", id, "so I see");
    expect((await nodeless.ok("messages")).messages).toEqual([]);
    expect((await nodeless.ok("messages", { node: "b" })).messages).toMatchObject([{ text: "so I see", replyTo: id }]);
    for (const [args, code] of [[{ text: "x" }, "bad-input"], [{ to: "@b", replyTo: request.id, text: "x" }, "bad-input"], [{ to: "@b", text: "" }, "bad-input"], [{ replyTo: "aaaaaaaaaaaa", text: "x" }, "unknown-message"], [{ to: "b:99999", text: "x" }, "unknown-session"]] as const) expect((await mcp.call("message", args)).error, JSON.stringify(args)).toMatchObject({ code });
    await mcp.ok("kill", { targets: [target], graceSeconds: 0 });
  });

  it("inside a session it acts as that session", async () => {
    const target = await a.ok("launch", "--quiet", "--name", "inner", "--", "sh", "-c", "read -r go; fleet mcp < requests > answers; echo finished");
    const { session } = await a.json<{ session: SessionRecord }>("status", target);
    const requests = [
      { id: 0, method: "initialize", params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "t", version: "1" } } },
      { method: "notifications/initialized" },
      { id: 1, method: "tools/call", params: { name: "sessions", arguments: {} } },
      { id: 2, method: "tools/call", params: { name: "launch", arguments: { command: ["true"], name: "child" } } },
    ];
    await a.run("sh", ["-c", `cat > '${session.cwd}/requests'`], { input: requests.map((request) => `${JSON.stringify({ jsonrpc: "2.0", ...request })}\n`).join("") });
    await a.ok("send", target, "go");
    await a.ok("wait", target, "--for", "/^finished/", "--timeout", "30");
    const { stdout } = await a.run("cat", [`${session.cwd}/answers`]);
    const [hello, ...answers] = stdout.trim().split("\n").map((line) => JSON.parse(line) as { id: number; result: { instructions?: string; structuredContent?: { sessions: { target: string; self?: boolean }[] } } });
    expect(hello?.result.instructions).toContain(`You run in the session ${target}`);
    expect(answers.find(({ id }) => id === 1)?.result.structuredContent?.sessions.find((one) => one.self)?.target).toBe(target);
    const { session: child } = await a.json<{ session: SessionRecord }>("status", "child");
    const recorded = await waitFor("it is on record", async () => {
      const entries = await a.json<{ session?: number }[]>("audit", "--caller", `session:${session.id}`, "--verb", "session-launch");
      return entries.length > 0 && entries;
    });
    expect(JSON.stringify(recorded)).toContain(child.target);
  });
});
