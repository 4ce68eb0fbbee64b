// The socket's HTTP against the real agent: what garbage gets, and who is let in.
import { request } from "node:http";
import { connect } from "node:net";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "@fleetwire/shared/testing";
import { bundleAgent, TestAgent } from "../test-agent.ts";

let bundle: Awaited<ReturnType<typeof bundleAgent>>;
let a: TestAgent;
beforeAll(async () => {
  bundle = await bundleAgent();
  a = await new TestAgent(bundle.program, { FLEET_NATS_TOKEN: "node-secret" }).start();
});
afterAll(async () => {
  await a[Symbol.asyncDispose]();
  bundle[Symbol.dispose]();
});

const op = () => ({ "fleet-operation": `op-${Math.random().toString(36).slice(2)}-0123456789` });

describe("malformed requests", () => {
  const cases: [string, string, unknown, number, string][] = [
    ["an unknown verb", "no-such-verb", {}, 501, "unknown-verb"],
    ["a verb that is a property of every object", "constructor", {}, 501, "unknown-verb"],
    ["not JSON", "session-list", "{", 400, "bad-input"],
    ["a list where a table belongs", "session-launch", [], 400, "bad-input"],
    ["nothing to run", "session-launch", { command: [] }, 400, "bad-input"],
    ["a NUL in a command", "session-launch", { command: ["a\0b"] }, 400, "bad-input"],
    ["a bad name", "session-launch", { command: ["true"], name: "../x" }, 400, "bad-input"],
    ["an id that is none", "session-get", { session: { id: -1 } }, 400, "bad-input"],
    ["an unknown session", "session-get", { session: { id: 4711 } }, 404, "unknown-session"],
    ["a signal that is none", "session-kill", { filter: {}, signal: "FROB" }, 400, "bad-input"],
    ["neither sessions nor filter", "session-kill", {}, 400, "bad-input"],
    ["two megabytes", "session-launch", { command: ["x".repeat(2_000_000)] }, 413, "too-large"],
  ];
  it.each(cases)("%s", async (_what, verb, input, status, code) => {
    expect(await a.raw(verb, input)).toMatchObject({ status, body: { error: { code, hint: expect.any(String) as string } } });
  });

  it("an operation id that is none", async () => {
    expect(await a.raw("session-kill", { filter: {} }, { "fleet-operation": "../../x" })).toMatchObject({ status: 400, body: { error: { code: "bad-input" } } });
  });

  it("bytes that are no HTTP don't hurt anybody", async () => {
    await Promise.all(
      ["\0\xff\xfe", "GET\r\n\r\n", "POST /v1/x HTTP/1.1\r\ncontent-length: -5\r\n\r\n", `GET /${"x".repeat(100_000)} HTTP/1.1\r\n\r\n`].map(
        (bytes) =>
          new Promise<void>((resolve) => {
            const socket = connect(a.socket, () => socket.end(bytes));
            socket.on("close", () => resolve()).on("error", () => resolve()).resume();
          }),
      ),
    );
    expect((await a.raw("node-get", {})).status).toBe(200);
  });

  it("GET /v1/ names the verbs", async () => {
    const text = await new Promise<string>((resolve, reject) => {
      request({ socketPath: a.socket, path: "/v1/" }, (response) => response.on("data", (chunk: Buffer) => resolve(chunk.toString()))).on("error", reject).end();
    });
    expect(JSON.parse(text)).toMatchObject({ verbs: expect.arrayContaining(["session-launch", "agent-stop"]) as string[] });
  });
});

describe("through the terminal listener", () => {
  it("needs a bearer token, whose role counts; nothing of the machine's own is reached", async () => {
    const listening = await waitFor("the listener", () => /"listening":"(127[^"]+)"/.exec(readFileSync(join(a.home, "state/logs/agent.log"), "utf8"))?.[1]);
    const ask = async (verb: string, body: object, token?: string) => {
      const response = await fetch(`http://${listening}/v1/${verb}`, { method: "POST", body: JSON.stringify(body), headers: { "fleet-via": "socket", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) } });
      return { status: response.status, body: (await response.json()) as { error?: { code: string }; state?: string; sessions?: unknown[]; launchedBy?: string; id?: number } };
    };
    expect(await ask("session-list", {})).toMatchObject({ status: 401, body: { error: { code: "bad-bearer" } } });
    expect(await ask("session-list", {}, "fleetd_wrong")).toMatchObject({ status: 401 });
    const viewer = (await a.ask("direct-token", { action: "create", name: "see", role: "viewer" })).token ?? "";
    const job = (await a.ask("direct-token", { action: "create", name: "job", role: "ci" })).token ?? "";
    const own = await a.ask("session-launch", { command: ["sleep", "100"], cwd: "/" });
    expect((await ask("session-list", {}, viewer)).body.sessions).toHaveLength(1);
    for (const verb of ["session-attach", "session-launch", "session-send", "agent-stop", "direct-token", "hub-up", "node-configure"]) {
      expect(await ask(verb, {}, viewer), verb).toMatchObject({ status: 403, body: { error: { code: "denied" } } });
    }
    // What a CI job launched is its own, the rest is not there for it.
    const launched = await ask("session-launch", { command: ["sleep", "100"], cwd: "/", callerEnv: { PATH: "/nowhere" } }, job);
    expect(launched).toMatchObject({ status: 200, body: { state: "running", launchedBy: "direct:job" } });
    expect((await ask("session-list", {}, job)).body.sessions).toMatchObject([{ id: launched.body.id }]);
    for (const verb of ["session-get", "session-view", "session-wait"]) {
      expect(await ask(verb, { session: { id: own.id }, clientKey: own.target, until: "exit", waitMs: 0, ...(verb === "session-view" ? { clientKey: (await a.ask("node-get")).key } : {}) }, job), verb).toMatchObject({ status: 403, body: { error: { code: "denied" } } });
    }
    expect(await ask("session-kill", { sessions: [{ id: own.id }] }, job)).toMatchObject({ status: 403 });
    expect((await ask("session-kill", { filter: {}, graceMs: 100 }, job)).body).toMatchObject({ killed: [{ id: launched.body.id }] });
    await a.ask("direct-token", { action: "revoke", name: "see" });
    expect((await ask("session-list", {}, viewer)).status).toBe(401);
  });
});

describe("repeated deliveries", () => {
  it("of one launch start one session, also across a restart of the agent", async () => {
    const headers = op();
    const input = { command: ["sleep", "100"], cwd: "/" };
    const [one, two] = await Promise.all([a.ask("session-launch", input, headers), a.ask("session-launch", input, headers)]);
    expect(two).toEqual(one);
    await a.end("SIGKILL");
    await a.start();
    expect(await a.ask("session-launch", input, headers)).toEqual(one);
    await expect(a.ask("session-launch", { ...input, cwd: "/tmp" }, headers)).rejects.toMatchObject({ code: "replayed" });
  });
});

describe("a session's own socket", () => {
  it("knows who asks, lets it do what an operator may, and goes with the session", async () => {
    const parent = await a.ask("session-launch", { command: ["sleep", "100"], cwd: "/" });
    const socket = join(a.home, "run/s", `${parent.id}.sock`);
    const child = await a.raw<{ id: number; launchedBy: string }>("session-launch", { command: ["true"], cwd: "/" }, {}, socket);
    expect(child).toMatchObject({ status: 200, body: { launchedBy: `session:${parent.id}` } });
    expect((await a.raw("agent-stop", {}, {}, socket)).status).toBe(403);
    expect((await a.raw("node-drain", { draining: true }, {}, socket)).status).toBe(403);
    await a.end("SIGKILL");
    await a.start();
    expect((await a.raw("node-get", {}, {}, socket)).status).toBe(200);
    await a.ask("session-kill", { sessions: [{ id: parent.id }], graceMs: 100 });
    await expect(a.raw("node-get", {}, {}, socket)).rejects.toThrow(/ENOENT|ECONNREFUSED/);
  });
});
