// The command as a process: exit codes, what goes to which stream, what is asked of the node, and what is not loaded.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildFleet, DROP, Home, NODE, refusal, session, standIn, STATUS, type Answers, type Built, type StandIn } from "./test-fleet.ts";

let built: Built;
beforeAll(async () => {
  built = await buildFleet();
});
afterAll(() => built[Symbol.dispose]());

const LISTED = [session(1, { name: "one", command: ["echo", "a b"] }), session(2, { state: "exited", exit: { code: 3 }, name: "two" })];
const ANSWERS: Answers = {
  "agent-status": () => STATUS,
  "node-get": () => NODE,
  "session-list": () => ({ sessions: LISTED, more: false, rev: 1 }),
  "session-send": () => ({ receipt: "written", bytes: 6, target: "here:1" }),
  "session-get": ({ session: ref }: { session: { name?: string } }) => (ref.name === "nobody" ? refusal("unknown-session", "there is no session 'nobody'") : { session: LISTED[0], log: { start: 0, end: 0 }, idleSeconds: null }),
  "session-kill": () => ({ killed: [session(1, { state: "killed", exit: { signal: "SIGTERM" } })], alreadyEnded: [], failed: [] }),
  "session-wait": () => ({ met: true, session: LISTED[1] }),
  "session-launch": () => session(7),
};

describe("with a node", () => {
  let home: Home;
  let node: StandIn;
  beforeEach(async () => {
    home = new Home(built);
    node = await standIn(join(home.path, "run/agent.sock"), ANSWERS);
  });
  afterEach(async () => {
    await node[Symbol.asyncDispose]();
    home[Symbol.dispose]();
  });
  const asked = (verb: string) => node.requests.filter((request) => request.verb === verb);

  it("a list is a table, a document or ids", async () => {
    const { code, stdout, stderr } = await home.fleet("ls");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^TARGET +NAME +STATE.*\nhere:1 +one +running.*echo 'a b'\nhere:2 +two +exited \(3\)/);
    expect(JSON.parse((await home.fleet("ls", "--json")).stdout)).toEqual(LISTED);
    expect((await home.fleet("--quiet", "ls")).stdout).toBe("here:1\nhere:2\n");
  });

  it("an error is one line and a hint on stderr, with the table's exit code; JSON with --json", async () => {
    expect(await home.fleet("status", "nobody")).toEqual({ code: 1, stdout: "", stderr: "fleet: there is no session 'nobody'\nhint: 'fleet ls' lists the sessions\n" });
    const { code, stdout, stderr } = await home.fleet("status", "nobody", "--json");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "unknown-session", retryable: false } });
  });

  it.each([
    [["frobnicate"], 127],
    [["ls", "--frob"], 2],
    [["node"], 2],
    [["status", "a:b:c"], 2],
    [["status", "elsewhere:1"], 1],
    [["attach", "one"], 2],
    [["hub", "status"], 1],
    [["hub", "token"], 2],
    [["--server", "nowhere", "ls"], 1],
    [["--server", "ws://example.com", "--token-file", "/dev/null", "ls"], 2],
    [["up", "--join", "hello"], 2],
    [["--nats", "nats://127.0.0.1:9", "nodes"], 125],
    [["server", "rm", "nothing"], 1],
  ])("fleet %j exits with its own code, in two lines, and changes nothing", async (args, code) => {
    const ended = await home.fleet(...args);
    expect({ code: ended.code, stdout: ended.stdout }, ended.stderr).toEqual({ code, stdout: "" });
    expect(ended.stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(/^fleet: /), expect.stringMatching(/^hint: \S/)]);
    expect(node.requests.filter(({ operation }) => operation !== undefined)).toEqual([]);
  });

  it("what nobody expected is one line that names a report, with the stack in it", async () => {
    writeFileSync(join(home.path, "not-a-directory"), "");
    const { code, stderr } = await home.run("fleet", ["completion", "install", "bash"], { env: { XDG_DATA_HOME: join(home.path, "not-a-directory") } });
    expect(code).toBe(1);
    const [, report = ""] = /^fleet: .*\(report: (\S+)\)\nhint: .*bug.*\n$/.exec(stderr) ?? [];
    expect(readFileSync(report, "utf8")).toMatch(/ENOTDIR[\s\S]*\n +at /);
  });

  it("an answer that can't be read is a matter of versions", async () => {
    await node[Symbol.asyncDispose]();
    node = await standIn(join(home.path, "run/agent.sock"), { ...ANSWERS, "session-list": () => ({ sessions: "all" }) });
    expect(await home.fleet("ls")).toMatchObject({ code: 1, stderr: expect.stringMatching(/^fleet: .*session-list.*\nhint: .*same version/) as string });
  });

  it("a change carries an operation id, and asked again after a cut it is the same one", async () => {
    let cut = false;
    await node[Symbol.asyncDispose]();
    node = await standIn(join(home.path, "run/agent.sock"), { ...ANSWERS, "session-send": (_input, request) => (cut ? ANSWERS["session-send"]?.(undefined as never, request) : ((cut = true), DROP)) });
    expect(await home.fleet("send", "1", "hello")).toMatchObject({ code: 0, stdout: "written: 6 bytes to here:1\n" });
    const [first, second, ...more] = asked("session-send");
    expect(more).toEqual([]);
    expect(first?.operation).toMatch(/^[\w-]{16,}$/);
    expect(second).toEqual(first);
  });

  it("send gives the text, keys, or the bytes of stdin in pieces", async () => {
    await home.fleet("send", "one", "echo hi");
    await home.fleet("send", "one", "--keys", "C-c", "Up");
    await home.run("fleet", ["send", "here:1", "--stdin"], { input: "x".repeat(200_000) });
    const inputs = asked("session-send").map(({ input }) => input as { data?: string; enter: boolean });
    expect(inputs.slice(0, 2)).toEqual([{ session: { name: "one" }, text: "echo hi", enter: true }, { session: { name: "one" }, keys: ["C-c", "Up"], enter: false }]);
    const pieces = inputs.slice(2).map(({ data = "" }) => Buffer.from(data, "base64"));
    expect(pieces.length).toBeGreaterThan(1);
    expect(Buffer.concat(pieces).toString()).toBe("x".repeat(200_000));
    expect((await home.fleet("send", "one")).code).toBe(2);
  });

  it("launch gives the caller's directory and environment, without its secrets", async () => {
    await home.run("fleet", ["launch", "--dir", "sub", "--env", "A=1", "--", "sh"], { env: { MARK: "here", FLEET_TOKEN: "secret", NATS_PASSWORD: "secret" } });
    const input = asked("session-launch")[0]?.input as { cwd: string; env: object; callerEnv: Record<string, string> };
    expect(input).toMatchObject({ cwd: join(home.path, "sub"), env: { A: "1" }, callerEnv: { MARK: "here" } });
    expect(JSON.stringify(input)).not.toContain("secret");
  });

  it("kill of several is one request, and of an unknown one none", async () => {
    expect(await home.fleet("kill", "1", "one", "here:2", "--grace", "1")).toMatchObject({ code: 0, stdout: "here:1 killed by SIGTERM\n" });
    expect(asked("session-kill")).toMatchObject([{ input: { sessions: [{ id: 1 }, { name: "one" }, { id: 2 }], graceMs: 1000 } }]);
    expect((await home.fleet("kill", "1", "elsewhere:1")).code).toBe(1);
    expect(asked("session-kill")).toHaveLength(1);
  });

  it("wait gives the session's own exit code", async () => {
    expect(await home.fleet("wait", "two")).toMatchObject({ code: 3, stdout: "here:2 exited with 3\n" });
  });

  it("inside a session it asks by the session's socket", async () => {
    await using own = await standIn(join(home.path, "run/s.sock"), ANSWERS);
    expect(await home.run("fleet", ["status", "one"], { env: { FLEET_SOCKET: join(home.path, "run/s.sock"), FLEET_SESSION: "1", FLEET_NODE: "here" } })).toMatchObject({ code: 0 });
    expect(own.requests.map(({ verb }) => verb)).toEqual(["session-get"]);
    expect(node.requests.filter(({ verb }) => verb === "session-get")).toEqual([]);
  });

  it("nobody reads: it ends without a word", async () => {
    const { code, stderr } = await home.run("bash", ["-c", "set -o pipefail; fleet help | true; fleet ls --json | head -c 1 >/dev/null"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("Ctrl-C is 130", async () => {
    await node[Symbol.asyncDispose]();
    node = await standIn(join(home.path, "run/agent.sock"), { ...ANSWERS, "session-wait": () => new Promise(() => {}) });
    node.server.removeAllListeners("request");
    const child = spawn("fleet", ["wait", "one"], { env: home.env, stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    node.server.once("request", () => child.kill("SIGINT"));
    expect(await ended).toBe(130);
  });

  it("a direct server gets the bearer token in its header, and nothing else does", async () => {
    await using server = await standIn(0, ANSWERS);
    const { port } = server.server.address() as { port: number };
    writeFileSync(join(home.path, "token"), "bearer-of-mine\n");
    await home.fleet("server", "add", "home", `127.0.0.1:${port}`, "--token-file", "token");
    expect(await home.fleet("--server", "home", "ls", "-q")).toMatchObject({ code: 0, stdout: "here:1\nhere:2\n" });
    expect(await home.run("fleet", ["--server", `http://127.0.0.1:${port}/`, "nodes", "-q"], { env: { FLEET_TOKEN: "other" } })).toMatchObject({ stdout: "here\n" });
    expect(server.requests.map(({ authorization }) => authorization)).toEqual(["Bearer bearer-of-mine", "Bearer other"]);
    expect(node.requests).toEqual([]);
    expect((await home.fleet("--server", "home", "status", "elsewhere:1")).code).toBe(1);
  });

  it("a warm list or send loads no NATS, no WebSocket, no TOML, no MCP and no HTTP", async () => {
    for (const [args, unwanted] of [
      [["--help"], /nats|\/ws\/|smol-toml|stream\/|terminal\/|modelcontextprotocol|\/mcp\//],
      [["ls"], /nats|\/ws\/|smol-toml|stream\/|terminal\/|modelcontextprotocol|\/mcp\//],
      [["send", "one", "x"], /nats|\/ws\/|smol-toml|stream\/|terminal\/|modelcontextprotocol|\/mcp\//],
    ] as const) {
      const { sources, builtins } = await loadedBy(home, args);
      expect(sources.length, args.join(" ")).toBeGreaterThan(5);
      expect(sources.filter((source) => unwanted.test(source) && !/(^|\/)shared\//.test(source)), args.join(" ")).toEqual([]);
      expect(builtins.filter((name) => /^(http|https|tls|readline)$/.test(name)), args.join(" ")).toEqual([]);
    }
  });
});

/** The sources and Node modules that a command line loads. */
async function loadedBy(home: Home, args: readonly string[]): Promise<{ sources: string[]; builtins: string[] }> {
  const directory = mkdtempSync(join(tmpdir(), "fwc-"));
  const probe = join(directory, "probe.cjs");
  writeFileSync(probe, `process.on("exit", () => require("node:fs").writeFileSync(${JSON.stringify(join(directory, "builtins"))}, process.moduleLoadList.join("\\n")))`);
  const { code } = await home.run(process.execPath, ["-r", probe, built.entry, ...args], { env: { NODE_V8_COVERAGE: directory } });
  expect(code).toBe(0);
  const coverage = JSON.parse(readFileSync(join(directory, readdirSync(directory).find((name) => name.startsWith("coverage")) ?? ""), "utf8")) as { result: { url: string }[] };
  const files = coverage.result.map(({ url }) => (url.startsWith("file:") ? basename(fileURLToPath(url)) : ""));
  const outputs = Object.entries(built.metafile.outputs).filter(([path]) => files.includes(basename(path)));
  const builtins = readFileSync(join(directory, "builtins"), "utf8").split("\n").filter((line) => line.startsWith("NativeModule ")).map((line) => line.slice("NativeModule ".length));
  rmSync(directory, { recursive: true, force: true });
  return { sources: outputs.flatMap(([, output]) => Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path)), builtins };
}

describe("first use", () => {
  /** A node agent that takes its time, and says how often it was started. */
  const AGENT = `
    const { createServer } = require("node:http"); const fs = require("node:fs");
    const home = process.env.FLEET_HOME;
    fs.appendFileSync(home + "/started", process.pid + " " + process.ppid + "\\n");
    setTimeout(() => createServer((request, response) => {
      const text = JSON.stringify(${JSON.stringify(session(7))});
      request.resume().on("end", () => response.writeHead(200, { "content-length": Buffer.byteLength(text) }).end(text));
    }).listen(home + "/run/agent.sock"), 150);
    setTimeout(() => process.exit(), 30_000);
  `;
  let home: Home;
  beforeEach(() => {
    home = new Home(built);
    writeFileSync(join(home.path, "agent.cjs"), AGENT);
    home.env["FLEET_NODE_PROGRAM"] = join(home.path, "agent.cjs");
  });
  afterEach(() => {
    for (const pid of started()) {
      try {
        process.kill(pid);
      } catch {
        // It has ended.
      }
    }
    home[Symbol.dispose]();
  });
  const started = () => (existsSync(join(home.path, "started")) ? readFileSync(join(home.path, "started"), "utf8").trim().split("\n").map((line) => Number(line.split(" ")[0])) : []);

  it("many commands at once start one agent, in a session of its own", async () => {
    const results = await Promise.all(Array.from({ length: 12 }, () => home.fleet("launch", "-q", "--", "true")));
    expect(results).toEqual(results.map(() => ({ code: 0, stdout: "here:7\n", stderr: "" })));
    expect(started()).toHaveLength(1);
    const [pid = 0] = started();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
    expect(Number(stat[3]), "its own session").toBe(pid);
  });

  it("a lock left by a command that died is nobody's", async () => {
    writeFileSync(join(home.path, "run/start.lock"), "999999999");
    expect(await home.fleet("launch", "-q", "--", "true")).toMatchObject({ code: 0 });
  });

  it("a list of nothing starts nothing", async () => {
    expect(await home.fleet("ls", "-q")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(started()).toEqual([]);
  });

  it("an agent that can't start is told with its log", async () => {
    writeFileSync(join(home.path, "agent.cjs"), 'console.error("fleet-node: the disk is full"); process.exit(1);');
    const { code, stderr } = await home.fleet("launch", "--", "true");
    expect(code).toBe(125);
    expect(stderr).toMatch(/the disk is full\nhint: .*agent-start\.log/);
    expect((await home.run("fleet", ["launch", "--", "true"], { env: { FLEET_NODE_PROGRAM: "/no/such" } })).stderr).toMatch(/\/no\/such/);
  });
});
