// One hub, two nodes, a person with a viewer's credential: real nats-server, real Caddy, real PTYs.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NodeRecord, SessionRecord } from "../shared/src/domain/index.ts";
import { waitFor } from "../shared/src/testing/index.ts";
import { bringUp, isAlive, type Machine, machine } from "./machines.ts";
import { Tmux } from "./tmux.ts";

describe("two nodes and a hub", () => {
  let a: Machine;
  let b: Machine;
  let viewer: Machine;

  beforeAll(async () => {
    [a, b, viewer] = [machine(), machine(), machine()];
    await bringUp(a, "a", { b });
    await viewer.ok("join", await a.ok("hub", "token", "--role", "viewer", "--name", "alice"));
  });
  afterAll(async () => {
    for (const one of [b, viewer, a]) await one[Symbol.asyncDispose]();
  });

  it("launches, sends, shows and kills on the other node", async () => {
    const launched = await a.ok("launch", "--on", "b", "--", "bash", "--norc");
    expect(launched.split("\n").at(-1)).toBe("b:1");
    await a.ok("send", "b:1", "echo $((6*7))");
    await waitFor("its log shows 42", async () => /^42\r?$/m.test(await a.ok("logs", "b:1")));
    const { session } = await a.json<{ session: SessionRecord }>("status", "b:1");
    await a.ok("kill", "b:1", "--grace", "1");
    expect(isAlive(session.pid as number)).toBe(false);
    await waitFor("the fleet's list says so", async () => (await a.json<SessionRecord[]>("ls", "--node", "b")).find(({ id }) => id === 1)?.state === "killed");
  });

  it("attaches over WSS: typed, resized, detached", async () => {
    await a.ok("launch", "--on", "b", "--name", "shell", "--", "bash", "--norc");
    using terminal = new Tmux(a.env, "fleet attach b:shell");
    await terminal.shows(/[$#] ?$/m);
    terminal.type("stty size\n");
    await terminal.shows(/^30 100/m);
    terminal.resize(80, 20);
    terminal.type("stty size\n");
    await terminal.shows(/^20 80/m);
    terminal.keys("C-b", "d");
    await terminal.shows(/detached/);
    expect(await a.json<SessionRecord[]>("ls", "--node", "b", "--state", "running")).toMatchObject([{ name: "shell", attached: 0 }]);
  });

  it("the other node's session is a recording with its sizes and the time of a keystroke", async () => {
    const [header, ...events] = (await viewer.ok("export", "b:shell", "--cast")).split("\n").map((line) => JSON.parse(line) as unknown);
    expect(header).toMatchObject({ version: 2, title: "shell" });
    const sizes = (events as [number, string, string][]).filter(([, code]) => code === "r").map(([, , size]) => size);
    expect(sizes.slice(-2)).toEqual(["100x30", "80x20"]);
    const times = (events as [number, string, string][]).map(([time]) => time);
    expect(times).toEqual(times.toSorted((x, y) => x - y));
    expect(times.at(-1)).toBeGreaterThan(0);
  });

  it("what a program says to its terminal is in the fleet's list", async () => {
    const target = await a.ok("launch", "--quiet", "--on", "b", "--", "sh", "-c", "read -r x; printf '\\033]2;my title\\007\\033]9;needs you\\007\\007'; sleep 100");
    await waitFor("it is listed", async () => (await a.json<SessionRecord[]>("ls", "--node", "b")).some((session) => session.target === target));
    await a.ok("send", target, "go");
    const said = await waitFor("the fleet's list says so", async () => (await a.json<SessionRecord[]>("ls", "--node", "b")).find(({ lastBellAt }) => lastBellAt !== undefined));
    expect(said).toMatchObject({ target, title: "my title", notification: { text: "needs you" } });
    expect(await a.ok("status", target)).toMatch(/title +my title/);
    await a.ok("kill", target, "--grace", "0");
  });

  it("the other node is reached through Caddy with TLS", async () => {
    const nodes = await a.json<NodeRecord[]>("nodes");
    for (const { url } of nodes) expect(url).toMatch(/^wss:\/\//);
    const described = await a.json<NodeRecord>("node", "describe", "b");
    expect(described).toMatchObject({ name: "b", state: "live" });
  });

  it("a viewer can list and watch, and neither launch, send, kill nor type", async () => {
    expect((await viewer.json<NodeRecord[]>("nodes")).map(({ name }) => name)).toEqual(["a", "b"]);
    expect((await viewer.json<SessionRecord[]>("ls")).map(({ target }) => target)).toContain("b:2");
    expect((await viewer.fleet("logs", "b:shell")).code).toBe(0);
    for (const args of [
      ["launch", "--on", "b", "--", "true"],
      ["send", "b:shell", "echo no"],
      ["kill", "b:shell"],
      ["rm", "b:1"],
      ["node", "drain", "b"],
    ]) {
      const { code, stderr } = await viewer.fleet(...args);
      expect([args[0], code]).toEqual([args[0], 1]);
      expect(stderr).toMatch(/viewer|may not|permission|refused/i);
    }
    using terminal = new Tmux(viewer.env, "fleet attach --read-only b:shell");
    await terminal.shows(/[$#] ?$/m);
    terminal.type("echo typed-by-viewer\n");
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await a.ok("logs", "b:shell")).not.toContain("typed-by-viewer");
  });

  it("a join token works once", async () => {
    const token = await a.ok("hub", "token", "--role", "viewer", "--name", "once");
    await using first = machine();
    await using second = machine();
    await first.ok("join", token);
    const { code, stderr } = await second.fleet("join", token);
    expect(code).toBe(2);
    expect(stderr).toMatch(/used|token/);
  });

  it("a node's name is held: a second one is refused and told by whom", async () => {
    const token = await a.ok("hub", "token", "--role", "node", "--name", "b");
    await using c = machine();
    const { code, stderr } = await c.fleet("up", "--join", token);
    expect(code).toBe(1);
    expect(stderr).toMatch(/\bb\b.*(held|taken)|(held|taken).*\bb\b/);
  });

  it("a node that goes keeps its row and its sessions", async () => {
    await using c = machine();
    await c.ok("up", "--join", await a.ok("hub", "token", "--role", "node", "--name", "c"));
    await a.ok("launch", "--on", "c", "--name", "lonely", "--", "sleep", "500");
    const { pid } = await c.json<{ pid: number }>("up");
    process.kill(pid, "SIGKILL");
    const gone = await waitFor("c is suspect", async () => (await a.json<NodeRecord[]>("nodes")).find(({ name, state }) => name === "c" && state !== "live"), 40_000);
    expect(gone.ageMs).toBeGreaterThan(0);
    expect((await a.json<SessionRecord[]>("ls", "--node", "c")).map(({ name }) => name)).toEqual(["lonely"]);
    const { code } = await a.fleet("send", "c:lonely", "x");
    expect(code).toBe(125);
    await c.ok("up");
    await waitFor("c is live again", async () => (await a.json<NodeRecord[]>("nodes")).some(({ name, state }) => name === "c" && state === "live"));
    expect(await a.json<SessionRecord[]>("ls", "--node", "c", "--state", "running")).toHaveLength(1);
  }, 90_000);

  it("an attached viewer goes on when nats-server dies, and the hub comes back", async () => {
    using terminal = new Tmux(a.env, "fleet attach b:shell");
    await terminal.shows(/[$#] ?$/m);
    const { parts } = await a.json<{ parts: { name: string; pid?: number }[] }>("hub", "status");
    const nats = parts.find(({ name }) => name === "nats-server")?.pid as number;
    process.kill(nats, "SIGKILL");
    terminal.type("echo still-$((40+2))\n");
    await terminal.shows(/^still-42/m);
    await waitFor("the fleet answers again", async () => (await a.fleet("nodes")).code === 0 && (await liveNames(a)).join() === "a,b", 40_000);
    await waitFor("b takes requests again", async () => (await a.fleet("send", "b:shell", "echo again")).code === 0, 40_000);
    await terminal.shows(/^again/m);
  }, 90_000);
});

async function liveNames(machine: Machine): Promise<string[]> {
  return (await machine.json<NodeRecord[]>("nodes")).filter(({ state }) => state === "live").map(({ name }) => name);
}
