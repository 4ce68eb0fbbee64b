// GPUs leased by real agents with a stand-in for the vendor's tool: never twice, and free again whatever ended the session.
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { GpuWish } from "@fleetwire/shared/domain";
import { counts, FakeTools, fakeUuid, waitFor } from "@fleetwire/shared/testing";
import { openStore, type SessionRow, type Store } from "../store/index.ts";
import { bundleAgent, TestAgent } from "../test-agent.ts";
import { newEpoch, type Core } from "./core.ts";
import { keepGpus, leaseGpus } from "./gpu-leases.ts";

const uuids = Array.from({ length: 4 }, (_, at) => fakeUuid(at));

describe("the book of leases", () => {
  const devices = [40, 80, 80, 24].map((size, index) => ({ vendor: "nvidia" as const, index, uuid: uuids[index] ?? "", name: size === 80 ? "H100" : "A100", memoryBytes: size * 2 ** 30, busy: false }));
  const wishes = fc.record({ count: fc.integer({ min: 1, max: 3 }), memoryBytes: fc.option(fc.constantFrom(24, 40, 80).map((size) => size * 2 ** 30), { nil: undefined }), model: fc.option(fc.constantFrom("h100", "A"), { nil: undefined }) });
  const steps = fc.array(fc.oneof(
    fc.record({ do: fc.constant("launch" as const), wish: wishes }),
    fc.record({ do: fc.constantFrom("end" as const, "restart" as const, "swap" as const), at: fc.nat(20), state: fc.constantFrom("exited" as const, "killed" as const, "failed" as const, "lost" as const) }),
    fc.record({ do: fc.constant("reopen" as const) }),
  ), { maxLength: 40 });

  it("no GPU has two holders, a holder has what it wished, and all others are free, whatever happens", () => {
    fc.assert(fc.property(steps, (plan) => {
      const dir = mkdtempSync(join(tmpdir(), "fw-"));
      mkdirSync(join(dir, "sessions"));
      let store = openStore(dir);
      const core = () => ({ store, gpus: { current: () => devices }, node: { name: () => "n" }, keptGpus: new Map() }) as unknown as Core;
      try {
        for (const step of plan) {
          if (step.do === "launch") launch(core(), store, step.wish);
          else if (step.do === "reopen") {
            store[Symbol.dispose]();
            store = openStore(dir);
          } else {
            const rows = store.sessions.all();
            const row = rows[step.at % Math.max(1, rows.length)];
            if (row !== undefined) change(core(), store, row, step);
          }
          check(store);
        }
      } finally {
        store[Symbol.dispose]();
        rmSync(dir, { recursive: true, force: true });
      }
    }), { numRuns: counts(40, 500) });
  }, counts(30_000, 300_000));

  function launch(core: Core, store: Store, wish: GpuWish): void {
    const free = 4 - [...store.sessions.holders().map(({ held }) => held), ...core.keptGpus.values()].flat().length;
    try {
      store.sessions.insert({
        id: store.nextSessionId(), name: null, tags: [], command: ["x"], cwd: "/", state: "running", exit: null, pid: null, cols: 80, rows: 24, created_at: 1, started_at: null, ended_at: null, last_output_at: null,
        output_bytes: 0, log_start: 0, restart: "no", restart_command: null, restart_at: null, restarts: 0, kill_requested: 0, launched_by: null, host_id: "h", epoch: newEpoch(), env: {}, warning: null, gpus: leaseGpus(core, wish),
      });
    } catch (error) {
      expect(error).toMatchObject({ code: "no-free-gpu" });
      // With nothing else wished only the number can be the reason.
      if (wish.memoryBytes === undefined && wish.model === undefined) expect(free).toBeLessThan(wish.count);
    }
  }

  function change(core: Core, store: Store, row: SessionRow, { do: what, state }: { do: "end" | "restart" | "swap"; state: SessionRow["state"] }): void {
    const had = row.gpus?.held ?? [];
    if (what === "end") return store.sessions.update(row.id, { state });
    // A restart that keeps, and one whose GPUs somebody else may have taken meanwhile.
    const kept = what === "restart" && row.state === "running" ? keepGpus(core, row) : undefined;
    store.sessions.update(row.id, { state });
    if (kept !== undefined) launch(core, store, { count: 1 });
    try {
      const gpus = leaseGpus(core, row.gpus?.wish ?? { count: 1 }, { id: row.id, had });
      store.sessions.update(row.id, { state: "running", gpus });
      if (kept !== undefined) expect(gpus.held.map(({ uuid }) => uuid).toSorted()).toEqual(had.map(({ uuid }) => uuid).toSorted());
    } catch (error) {
      expect(error).toMatchObject({ code: "no-free-gpu" });
      expect(kept).toBeUndefined();
    }
    kept?.[Symbol.dispose]();
  }

  function check(store: Store): void {
    const running = store.sessions.all().filter((row) => row.state === "running");
    const held = running.flatMap(({ gpus }) => gpus?.held.map(({ uuid }) => uuid) ?? []);
    expect(new Set(held).size).toBe(held.length);
    expect(store.sessions.holders().flatMap((holder) => holder.held.map(({ uuid }) => uuid)).toSorted()).toEqual(held.toSorted());
    for (const { gpus } of running) expect(gpus?.held).toHaveLength(gpus?.wish.count ?? -1);
  }
});

describe("a node with four GPUs", () => {
  let bundle: Awaited<ReturnType<typeof bundleAgent>>;
  let tools: FakeTools;
  let a: TestAgent;
  beforeAll(async () => {
    bundle = await bundleAgent();
  });
  afterAll(() => bundle[Symbol.dispose]());
  beforeEach(async () => {
    tools = new FakeTools().nvidia(uuids.map((uuid) => ({ uuid })));
    a = new TestAgent(bundle.program, { PATH: `${tools.path}:${process.env["PATH"] ?? ""}` });
    await a.start();
  });
  afterEach(async () => {
    await a[Symbol.asyncDispose]();
    tools[Symbol.dispose]();
  });

  const sh = (script: string, count = 1) => ({ command: ["sh", "-c", script], cwd: "/", gpus: { count } });
  const SLEEP = "sleep 700";
  const gpus = async () => (await a.ask("node-get", { fresh: true })).resources.gpus;
  const holders = async () => (await gpus()).map(({ session }) => session);
  const get = async (id: number) => (await a.ask("session-get", { session: { id } })).session;
  const until = (what: string, ...expected: (number | undefined)[]) => waitFor(what, async () => JSON.stringify(await holders()) === JSON.stringify(expected) || undefined);
  const refused = expect.objectContaining({ code: "no-free-gpu" }) as unknown;
  const printed = (id: number) => {
    const dir = join(a.home, "state/sessions", String(id));
    return readdirSync(dir).filter((name) => name.endsWith(".log")).map((name) => readFileSync(join(dir, name), "utf8")).join("");
  };
  const damage = () => {
    const state = join(a.home, "state");
    for (const name of readdirSync(state)) if (/^fleet\.db(-wal)?$/.test(name)) writeFileSync(join(state, name), Buffer.alloc(60_000, "noise"));
  };

  it("fifty launches at once: four run, each with a GPU of its own, and the others are refused", async () => {
    const launches = await Promise.allSettled(Array.from({ length: 50 }, () => a.ask("session-launch", sh(SLEEP))));
    const taken = launches.flatMap((launch) => (launch.status === "fulfilled" ? [launch.value] : []));
    for (const launch of launches) if (launch.status === "rejected") expect(launch.reason).toMatchObject({ code: "no-free-gpu", message: "node test has not 1 free GPU: of 4, 4 are leased" });
    expect(taken.flatMap(({ gpus: held = [] }) => held.map(({ uuid }) => uuid)).toSorted()).toEqual(uuids);
    expect(new Set(await holders())).toEqual(new Set(taken.map(({ id }) => id)));
    // Those refused left nothing behind.
    expect((await a.ask("session-list")).sessions).toHaveLength(4);
  });

  it("a program sees its own, whatever its launcher set; without a lease nothing is touched", async () => {
    const show = 'echo "CUDA=$CUDA_VISIBLE_DEVICES NVIDIA=$NVIDIA_VISIBLE_DEVICES"; sleep 700';
    const with2 = await a.ask("session-launch", { ...sh(show, 2), env: { CUDA_VISIBLE_DEVICES: "3" } });
    const without = await a.ask("session-launch", { ...sh(show), gpus: undefined, env: { CUDA_VISIBLE_DEVICES: "3" } });
    await waitFor("both have printed", () => printed(with2.id).includes("NVIDIA=") && printed(without.id).includes("NVIDIA="));
    expect(printed(with2.id)).toContain(`CUDA=${uuids[0]},${uuids[1]} NVIDIA=${uuids[0]},${uuids[1]}`);
    expect(printed(without.id)).toContain("CUDA=3 ");
    expect(without.gpus).toBeUndefined();
    expect(await holders()).toEqual([with2.id, with2.id, undefined, undefined]);
  });

  it("is free again after an exit, a kill, a start that failed, and a removal", async () => {
    const exits = await a.ask("session-launch", sh("read -r x"));
    const killed = await a.ask("session-launch", sh(SLEEP, 2));
    await a.ask("session-send", { session: { id: exits.id }, text: "x", enter: true });
    await until("the one that exits is gone", undefined, killed.id, killed.id, undefined);
    await a.ask("session-kill", { sessions: [{ id: killed.id }], graceMs: 100 });
    expect(await holders()).toEqual([undefined, undefined, undefined, undefined]);
    expect(await get(killed.id)).toMatchObject({ state: "killed", gpus: [] });
    await a.ask("session-rm", { sessions: [{ id: killed.id }] });
    writeFileSync(join(a.home, "not-a-program"), "#!/no/such/interpreter\n", { mode: 0o755 });
    const failed = await a.ask("session-launch", { command: [join(a.home, "not-a-program")], cwd: "/", gpus: { count: 4 } }).catch(() => undefined);
    if (failed !== undefined) await waitFor("it has ended", async () => (await get(failed.id)).endedAt !== null);
    expect((await a.ask("session-launch", sh(SLEEP, 4))).gpus).toHaveLength(4);
  });

  it("leases outlive an agent that is killed; what ended meanwhile is free", async () => {
    const [stays, ends] = [await a.ask("session-launch", sh(SLEEP, 2)), await a.ask("session-launch", sh("read -r x; exit 3"))];
    await a.end("SIGKILL");
    process.kill(ends.pid ?? 0, "SIGKILL");
    await a.start();
    await until("what ended is known", stays.id, stays.id, undefined, undefined);
    await expect(a.ask("session-launch", sh(SLEEP, 3))).rejects.toEqual(refused);
    expect((await a.ask("session-launch", sh(SLEEP, 2))).gpus?.map(({ uuid }) => uuid)).toEqual(uuids.slice(2));
  });

  it.each(Array.from({ length: counts(1, 10) }, (_, turn) => turn))("an agent that is killed in the middle of many launches leaves no GPU with two holders, or with none that runs (%i)", async () => {
    const launches = Promise.allSettled(Array.from({ length: 12 }, () => a.ask("session-launch", sh(SLEEP))));
    await waitFor("the first has begun", () => readdirSync(join(a.home, "state/sessions")).length > 0);
    await a.end("SIGKILL");
    await launches;
    await a.start();
    const running = await waitFor("all have settled", async () => {
      const { sessions } = await a.ask("session-list");
      return sessions.every(({ state }) => state !== "starting") && sessions.filter(({ state }) => state === "running");
    });
    const held = running.flatMap((session) => session.gpus?.map(({ uuid }) => uuid) ?? []);
    expect(held).toHaveLength(running.length);
    expect(new Set(held).size).toBe(held.length);
    await until("the node says the same", ...uuids.map((uuid) => running.find((session) => session.gpus?.[0]?.uuid === uuid)?.id));
    const rest = await Promise.allSettled(Array.from({ length: 8 }, () => a.ask("session-launch", sh(SLEEP))));
    expect(rest.filter(({ status }) => status === "fulfilled")).toHaveLength(4 - running.length);
  });

  it("a PTY host that crashes takes the leases of its sessions with it", async () => {
    await a.ask("session-launch", sh(SLEEP, 4));
    for (const { pid } of a.hosts()) process.kill(pid, "SIGKILL");
    await until("all are free", undefined, undefined, undefined, undefined);
    await waitFor("there is a host again", async () => (await a.ask("session-launch", sh(SLEEP, 4)).catch(() => undefined))?.gpus?.length === 4);
  });

  it("a restart keeps its GPUs though others wait for one, and one by policy takes them anew", async () => {
    const { id } = await a.ask("session-launch", sh(SLEEP, 4));
    const waiting = { over: false };
    const others = (async () => {
      const answers: unknown[] = [];
      while (!waiting.over) answers.push(await a.ask("session-launch", sh(SLEEP)).catch((error: { code: string }) => error.code));
      return new Set(answers);
    })();
    const again = await a.ask("session-restart", { session: { id }, graceMs: 100 }).finally(() => (waiting.over = true));
    expect(again.gpus).toHaveLength(4);
    expect(await others).toEqual(new Set(["no-free-gpu"]));
    await a.ask("session-kill", { sessions: [{ id }], graceMs: 100 });
    const policy = await a.ask("session-launch", { ...sh("sleep 0.2; exit 1", 2), restart: "always" });
    await waitFor("it has been restarted", () => printed(policy.id) !== undefined && readFileSync(join(a.home, "state/logs/agent.log"), "utf8").includes("restarting by policy"));
    await waitFor("it holds two again", async () => (await holders()).filter((holder) => holder === policy.id).length === 2);
  });

  it("a database that is lost, running or not, is rebuilt with its leases", async () => {
    const { id } = await a.ask("session-launch", sh(SLEEP, 3));
    damage();
    await waitFor("the database is found damaged", async () => {
      // Nobody gets what the session still holds, at no moment.
      const more = await a.ask("session-launch", sh(SLEEP, 2)).catch((error: { code: string }) => error);
      expect(more).toHaveProperty("code");
      return (await a.ask("agent-status").catch(() => undefined))?.warnings.some((text) => text.includes("while the node ran"));
    });
    await until("they are its own", id, id, id, undefined);
    await a.end("SIGKILL");
    damage();
    await a.start();
    await until("they are its own again", id, id, id, undefined);
    await expect(a.ask("session-launch", sh(SLEEP, 2))).rejects.toEqual(refused);
    await a.ask("session-kill", { sessions: [{ id }], graceMs: 100 });
    expect((await a.ask("session-launch", sh(SLEEP, 4))).gpus).toHaveLength(4);
  });

  it("what somebody else computes on is not leased, and the node says so", async () => {
    tools.nvidia(uuids.map((uuid) => ({ uuid })), uuids.slice(1));
    await a.end("SIGKILL");
    await a.start();
    await expect(a.ask("session-launch", sh(SLEEP, 2))).rejects.toMatchObject({ message: "node test has not 2 free GPUs: of 4, 0 are leased, 3 used by others" });
    const { id } = await a.ask("session-launch", sh(SLEEP));
    expect(await gpus()).toMatchObject([{ session: id, free: false }, { foreign: true, free: false }, { foreign: true }, { foreign: true }]);
    await expect(a.ask("session-launch", { ...sh(SLEEP), gpus: { count: 1, model: "b200" } })).rejects.toMatchObject({ message: expect.stringContaining("not 1 free GPU 'b200'") as string });
  });

  it("a tool that hangs delays the launches that want a GPU, and those only", async () => {
    tools.script("nvidia-smi", "sleep 99 & wait");
    await a.end("SIGKILL");
    await a.start();
    expect((await a.ask("session-launch", { ...sh(SLEEP), gpus: undefined })).state).toBe("running");
    expect((await a.ask("node-get")).resources.gpus).toEqual([]);
    await expect(a.ask("session-launch", sh(SLEEP))).rejects.toMatchObject({ code: "no-free-gpu", message: "node test has no GPU" });
  });
});
