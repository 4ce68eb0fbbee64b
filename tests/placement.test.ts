// Who gets a launch that says what it needs: three real nodes with stand-ins for the vendor's tool, a real hub, and a plain NATS.
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NodeRecord, SessionRecord } from "../shared/src/domain/index.ts";
import { counts, FakeTools, fakeUuid, waitFor } from "../shared/src/testing/index.ts";
import { bringUp, freePort, type Machine, machine, type Result } from "./machines.ts";

/** A machine with two GPUs of its own. */
function gpuMachine(number: number): { machine: Machine; tools: FakeTools } {
  const tools = new FakeTools().nvidia([fakeUuid(number * 10), fakeUuid(number * 10 + 1)].map((uuid) => ({ uuid })));
  const made = machine();
  made.env["PATH"] = `${tools.path}:${made.env["PATH"] ?? ""}`;
  return { machine: made, tools };
}

const SLEEP = ["--", "sleep", "700"];
const freeOf = ({ resources }: NodeRecord) => resources.gpus.filter(({ free }) => free).length;
const allFree = (m: Machine, nodes: number) => waitFor("all GPUs are free", async () => (await m.json<NodeRecord[]>("nodes")).filter((node) => node.state === "live" && freeOf(node) === 2).length === nodes || undefined, 20_000);
const nodeOf = ({ stdout }: Result) => stdout.trim().split(":")[0] ?? "";

describe("three nodes with two GPUs each", () => {
  const made = [1, 2, 3].map(gpuMachine);
  const [a, b, c] = made.map((one) => one.machine) as [Machine, Machine, Machine];
  const ci = machine();

  beforeAll(async () => {
    await bringUp(a, "a", { b });
    await c.ok("up", "--join", await a.ok("hub", "token", "--role", "node", "--name", "c", "--pool", "cheap"));
    await ci.ok("join", await a.ok("hub", "token", "--role", "ci", "--name", "job", "--pool", "cheap"));
    await a.ok("node", "label", "b", "zone=eu");
    await allFree(a, 3);
  });
  afterAll(async () => {
    for (const one of [ci, c, b, a]) await one[Symbol.asyncDispose]();
    for (const { tools } of made) tools[Symbol.dispose]();
  });
  const killAll = async () => {
    for (const one of [a, b, c]) await one.ok("kill", "--all", "--yes", "--grace", "0");
    await allFree(a, 3);
  };

  it("twelve launches of a GPU at once: six run, on all three nodes, and six are refused clearly", async () => {
    const results = await Promise.all(Array.from({ length: 12 }, () => a.fleet("launch", "--gpus", "1", ...SLEEP)));
    const taken = results.filter(({ code }) => code === 0);
    expect(taken.map(nodeOf).toSorted(), results.map(({ stderr }) => stderr).join("")).toEqual(["a", "a", "b", "b", "c", "c"]);
    for (const { code, stderr } of results.filter((result) => !taken.includes(result))) {
      expect(code).toBe(1);
      expect(stderr).toMatch(/none of 3 nodes fits: (no free GPU( any more)? \(\d\)(, )?){1,2}\n/);
    }
    const sessions = await waitFor("all are listed", async () => {
      const found = await a.json<SessionRecord[]>("ls", "--state", "running");
      return found.length === 6 && found;
    });
    expect(new Set(sessions.flatMap(({ gpus }) => gpus?.map(({ uuid }) => uuid) ?? [])).size).toBe(6);
    const [one] = sessions;
    expect(await a.ok("status", one?.target ?? "")).toMatch(/gpus +\d NVIDIA H100 80GB HBM3 \(GPU-/);
    expect(await a.ok("node", "describe", "a")).toMatch(/gpu +0 +NVIDIA H100.*leased to a:\d/);
    expect(await a.ok("nodes")).toMatch(/GPUS FREE.*\n.*0\/2/);
    await killAll();
  });

  it("a burst goes to several nodes, whatever their rows say", async () => {
    const results = await Promise.all(Array.from({ length: 9 }, () => a.fleet("launch", "--where", "os=linux", ...SLEEP)));
    expect(results.map(({ code }) => code)).toEqual(results.map(() => 0));
    expect(new Set(results.map(nodeOf)).size).toBeGreaterThan(1);
    await killAll();
  });

  it("conditions, memory and models choose; --on leases there; two ways to say where are refused", async () => {
    expect(await a.ok("launch", "--quiet", "--where", "zone=eu", "--memory", "1M", ...SLEEP)).toMatch(/^b:/);
    expect(await a.ok("launch", "--quiet", "--where", "zone!=eu", "--where", "node!=a", "--gpus", "2", "--gpu-model", "h100", "--gpu-memory", "80G", ...SLEEP)).toMatch(/^c:/);
    expect(await a.ok("launch", "--quiet", "--on", "b", "--gpus", "2", ...SLEEP)).toMatch(/^b:/);
    expect(await a.fleet("launch", "--on", "b", "--gpus", "1", ...SLEEP)).toMatchObject({ code: 1, stderr: expect.stringContaining("node b has not 1 free GPU: of 2, 2 are leased") as string });
    expect(await a.fleet("launch", "--on", "b", "--where", "zone=eu", ...SLEEP)).toMatchObject({ code: 2 });
    expect(await a.fleet("launch", "--gpu-model", "h100", ...SLEEP)).toMatchObject({ code: 2, stderr: expect.stringContaining("--gpus N says how many") as string });
    expect(await a.fleet("launch", "--where", "cpus>=many", ...SLEEP)).toMatchObject({ code: 2, stderr: expect.stringContaining("'many' is not an amount") as string });
    await killAll();
  });

  it("draining nodes are passed over", async () => {
    await a.ok("node", "drain", "a");
    await b.ok("node", "drain", "b");
    for (let launch = 0; launch < 2; launch++) expect(await a.ok("launch", "--quiet", "--gpus", "1", ...SLEEP)).toMatch(/^c:/);
    expect(await a.fleet("launch", "--gpus", "1", ...SLEEP)).toMatchObject({ code: 1, stderr: expect.stringMatching(/none of 3 nodes fits: .*draining/) as string });
    await a.ok("node", "drain", "a", "--undo");
    await b.ok("node", "drain", "b", "--undo");
    await killAll();
  });

  it("--dry-run explains and starts nothing", async () => {
    const before = (await a.json<SessionRecord[]>("ls")).length;
    const text = await a.ok("launch", "--dry-run", "--where", "zone=eu", "--gpus", "1");
    expect(text).toMatch(/^NODE +FITS +SCORE +GPUS FREE +MEMORY FREE +LOAD\/CPU +WHY\nb +yes +0\.\d\d +2\/2 .* per CPU, .*2 of 2 GPUs free\n/);
    expect(text).toMatch(/\na +no +- +2\/2 .*not zone=eu\n/);
    expect(text).toMatch(/it would go to b$/);
    expect(await a.json<object>("launch", "--dry-run", "--gpus", "2")).toMatchObject({ fitting: 3, total: 3, rejected: {}, nodes: [{ fits: true, gpusFree: 2 }, { fits: true }, { fits: true }] });
    expect(await a.json<object>("launch", "--dry-run", "--on", "c", "--gpus", "2")).toMatchObject({ chosen: "c", total: 1 });
    const none = await a.fleet("launch", "--dry-run", "--gpus", "3", "--json");
    expect(none).toMatchObject({ code: 1, stdout: "" });
    expect(none.stderr).toMatch(/no-fitting-node.*none of 3 nodes fits: fewer than 3 free GPUs \(3\)/s);
    expect((await a.json<SessionRecord[]>("ls")).length).toBe(before);
  });

  it("a CI job is placed in its pool, and told of no other", async () => {
    const explained = await ci.json<{ nodes: { node: string }[]; total: number }>("launch", "--dry-run", "--gpus", "1");
    expect(explained).toMatchObject({ total: 1, nodes: [{ node: "c" }] });
    for (let launch = 0; launch < 2; launch++) expect(await ci.ok("launch", "--quiet", "--gpus", "1", ...SLEEP)).toMatch(/^c:/);
    expect(await ci.fleet("launch", "--gpus", "1", ...SLEEP)).toMatchObject({ code: 1, stderr: expect.stringContaining("none of 1 node fits") as string });
    await killAll();
  });

  it.runIf(counts(0, 1) === 1)("a node that is silent after it was asked may have begun: nobody else is asked", async () => {
    const { pid } = await b.json<{ pid: number }>("up");
    process.kill(pid, "SIGSTOP");
    try {
      expect(await a.fleet("launch", "--where", "node=b", "--gpus", "1", ...SLEEP)).toMatchObject({ code: 125, stderr: expect.stringContaining("did not answer 'session-launch' in time") as string });
      expect((await a.json<SessionRecord[]>("ls", "--state", "running")).filter(({ node }) => node !== "b")).toEqual([]);
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await killAll();
  });

  it("an agent that is killed while its GPUs are leased finds its leases again, and others are asked meanwhile", async () => {
    await a.ok("launch", "--on", "c", "--gpus", "2", ...SLEEP);
    const { pid } = await c.json<{ pid: number }>("up");
    process.kill(pid, "SIGKILL");
    expect(await a.ok("launch", "--quiet", "--gpus", "2", ...SLEEP)).toMatch(/^[ab]:/);
    await c.ok("up");
    await waitFor("its leases are known", async () => (await a.json<NodeRecord[]>("nodes")).find(({ name, state }) => name === "c" && state === "live")?.resources.gpus.every(({ session }) => session !== undefined));
    expect(await c.fleet("launch", "--on", "c", "--gpus", "1", ...SLEEP)).toMatchObject({ code: 1 });
    expect(readFileSync(join(c.home, "state/logs/agent.log"), "utf8")).toContain("adopted");
    await killAll();
  });
});

describe("without a registry", () => {
  const made = [5, 6].map(gpuMachine);
  const [a, b] = made.map((one) => one.machine) as [Machine, Machine];
  let nats: ChildProcess;

  beforeAll(async () => {
    const port = await freePort();
    nats = spawn("nats-server", ["-a", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
    for (const [name, one] of [["a", a], ["b", b]] as const) await one.ok("up", "--name", name, "--nats", `nats://127.0.0.1:${port}`, "--open");
    await allFree(a, 2);
  });
  afterAll(async () => {
    for (const one of [b, a]) await one[Symbol.asyncDispose]();
    nats.kill();
    for (const { tools } of made) tools[Symbol.dispose]();
  });

  it("the caller chooses among those that answer: six launches on four GPUs, four run", async () => {
    const results = await Promise.all(Array.from({ length: 6 }, () => a.fleet("launch", "--gpus", "1", ...SLEEP)));
    expect(results.filter(({ code }) => code === 0).map(nodeOf).toSorted(), results.map(({ stderr }) => stderr).join("")).toEqual(["a", "a", "b", "b"]);
    for (const { code, stderr } of results) if (code !== 0) expect(stderr).toContain("none of 2 nodes fits");
  });
});
