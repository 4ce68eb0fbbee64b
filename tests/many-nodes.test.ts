// One command, many nodes and sessions: who is hit, what is reported of each, and a node that has gone away.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NodeRecord, SessionRecord } from "../shared/src/domain/index.ts";
import { waitFor } from "../shared/src/testing/index.ts";
import { initHub, machine, type Machine, type Result } from "./machines.ts";
import { Tmux } from "./tmux.ts";

interface Came {
  readonly target: string;
  readonly node: string;
  readonly ok: boolean;
  readonly error?: { readonly code: string };
  readonly session?: SessionRecord;
}

describe("a selection of nodes and sessions", () => {
  let a: Machine;
  let b: Machine;
  let c: Machine;
  const came = (result: Result): Came[] => JSON.parse(result.stdout) as Came[];
  const running = async () => (await a.json<SessionRecord[]>("ls", "--state", "running")).map(({ target }) => target);

  beforeAll(async () => {
    [a, b, c] = [machine(), machine(), machine()];
    await initHub(a);
    await a.ok("hub", "up");
    await a.ok("up", "--name", "a", "--label", "zone=eu");
    for (const [one, name, zone] of [[b, "b", "eu"], [c, "c", "us"]] as const) {
      await one.ok("up", "--join", await a.ok("hub", "token", "--role", "node", "--name", name));
      await one.ok("up", "--label", `zone=${zone}`);
    }
    await waitFor("all nodes are live with their labels", async () => (await a.json<NodeRecord[]>("nodes")).filter(({ state, labels }) => state === "live" && labels["zone"] !== undefined).length === 3);
  });
  afterAll(async () => {
    for (const one of [c, b, a]) await one[Symbol.asyncDispose]();
  });

  it("launches one session on each node with a label, and on all", async () => {
    expect(await a.ok("launch", "--each", "--where", "zone=eu", "--dry-run")).toBe("a\nb");
    const eu = came(await a.fleet("launch", "--each", "--where", "zone=eu", "--tag", "eu", "--name", "job-1", "--json", "--", "cat"));
    expect(eu.map(({ target, ok }) => [target, ok])).toEqual([["a:1", true], ["b:1", true]]);
    const all = await a.fleet("launch", "--all-nodes", "--tag", "all", "--name", "job-2", "--", "cat");
    expect(all).toMatchObject({ code: 0, stdout: expect.stringMatching(/^a:2 running\nb:2 running\nc:1 running$/m) as string });
    const taken = await a.fleet("launch", "--all-nodes", "--name", "job-1", "--", "cat");
    expect(taken).toMatchObject({ code: 1, stdout: expect.stringMatching(/^a — name-taken: .*\nb — name-taken: .*\nc:2 running$/m) as string, stderr: expect.stringContaining("1 of 3 done, 2 failed") as string });
    await a.ok("kill", "c:2");
  });

  it("types into a selection, and shows beforehand what it would hit", async () => {
    expect((await a.ok("send", "--all-nodes", "--name", "job-*", "--tag", "all", "--dry-run", "--quiet")).split("\n")).toEqual(["a:2", "b:2", "c:1"]);
    expect(came(await a.fleet("send", "--where", "zone=eu", "--tag", "all", "hello there", "--json"))).toMatchObject([{ target: "a:2", ok: true, receipt: "written" }, { target: "b:2", ok: true }]);
    await waitFor("b shows it", async () => (await a.ok("logs", "b:2")).includes("hello there"));
    expect(await a.ok("logs", "c:1")).not.toContain("hello there");
    // Without a word about nodes it is this machine's.
    expect(came(await a.fleet("send", "--tag", "all", "--keys", "Enter", "--json")).map(({ target }) => target)).toEqual(["a:2"]);
  });

  it("refuses what is ambiguous before anything is hit", async () => {
    for (const words of [["kill", "a:1", "--all"], ["kill", "--node", "b"], ["kill", "a:1", "--dry-run"], ["kill", "--all", "--tag", "all"], ["launch", "--each", "--", "cat"], ["launch", "--all-nodes", "--on", "b", "--", "cat"]]) {
      expect((await a.fleet(...words)).code, words.join(" ")).toBe(2);
    }
    expect((await a.fleet("kill", "--where", "zone=asia", "--all")).stderr).toContain("none of 3 nodes is zone=asia");
    expect((await a.fleet("kill", "--node", "nobody", "--all")).stderr).toContain("no node 'nobody'");
    expect(await running()).toEqual(["a:1", "a:2", "b:1", "b:2", "c:1"]);
  });

  it("asks a person before it ends several", async () => {
    using terminal = new Tmux(a.env, "fleet kill --where zone=eu --tag eu");
    await terminal.shows(/end 2 sessions\? \[y\/N\]/);
    terminal.type("n\n");
    await terminal.shows(/not confirmed/);
    expect(await running()).toEqual(["a:1", "a:2", "b:1", "b:2", "c:1"]);
  });

  it("a drain with --wait says what became of each session, and which wait for somebody", async () => {
    const { id } = JSON.parse(await a.ok("launch", "--on", "b", "--name", "short", "--json", "--", "sh", "-c", "sleep 2; exit 3")) as SessionRecord;
    const late = await a.fleet("node", "drain", "b", "--deadline", "4s", "--wait", "--message", "new disk", "--json");
    expect(late.code).toBe(124);
    const { idle, draining, drain, watched } = JSON.parse(late.stdout) as NodeRecord & { idle: boolean; watched: SessionRecord[] };
    expect({ idle, draining, drain }).toMatchObject({ idle: false, draining: true, drain: { message: "new disk", killAfter: false } });
    expect(watched.find((session) => session.id === id)).toMatchObject({ state: "exited", exit: { code: 3 } });
    expect(watched.filter(({ state }) => state === "running").map(({ target }) => target)).toEqual(["b:1", "b:2"]);
    expect(await a.ok("nodes")).toMatch(/^b +live, draining \(deadline over .* ago\)/m);
    expect(await a.ok("node", "describe", "b")).toMatch(/^drain +deadline over .* ago: new disk$/m);
    expect((await a.fleet("launch", "--all-nodes", "--", "true")).stdout).toMatch(/^b — draining: /m);
    expect((await a.fleet("node", "drain", "b", "c", "--where", "zone=us")).code).toBe(2);
    expect(await a.ok("node", "uncordon", "b")).toBe("b takes sessions");
    expect((await a.json<{ ok: boolean }[]>("node", "drain", "--where", "zone=eu")).map(({ ok }) => ok)).toEqual([true, true]);
    expect((await a.ok("node", "uncordon", "a", "b")).split("\n")).toEqual(["a takes sessions", "b takes sessions"]);
  });

  it("a node that has gone is reported, and the others are done all the same", async () => {
    const { pid } = JSON.parse(await c.ok("up", "--json")) as { pid: number };
    process.kill(pid, "SIGKILL");
    await waitFor("it is suspected", async () => (await a.json<NodeRecord[]>("nodes")).find(({ name }) => name === "c")?.state !== "live");
    const ended = await a.fleet("kill", "--all-nodes", "--name", "job-*", "--json");
    expect(ended.code).toBe(1);
    const outcomes = came(ended).map(({ target, ok, error }) => [target, ok, error?.code]);
    expect(outcomes).toEqual([["a:1", true, undefined], ["a:2", true, undefined], ["b:1", true, undefined], ["b:2", true, undefined], ["c", false, "node-unreachable"]]);
    expect(ended.stderr).toContain("4 of 5 done, 1 failed");
    const removed = await a.fleet("rm", "--where", "zone=eu", "--name", "job-*");
    expect(removed).toMatchObject({ code: 0, stdout: expect.stringContaining("b:2 removed") as string });
  });

  it("forgets nodes that are gone, refuses living ones, and lists one again that is heard again", async () => {
    const refused = await a.fleet("node", "rm", "b", "c");
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringMatching(/^b — still-running: .*\nc is forgotten$/m) as string });
    expect((await a.json<NodeRecord[]>("nodes")).map(({ name }) => name)).toEqual(["a", "b"]);
    await c.ok("up");
    await waitFor("c is back, with its session", async () => (await a.json<SessionRecord[]>("ls", "--node", "c").catch(() => [])).some(({ state }) => state === "running"));
    expect(await a.ok("node", "rm", "b", "--force")).toBe("b is forgotten");
    await waitFor("b is back", async () => (await a.json<NodeRecord[]>("nodes")).some(({ name, state }) => name === "b" && state === "live"), 20_000);
  }, 60_000);
});
