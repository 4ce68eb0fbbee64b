import { readFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { waitFor } from "@fleetwire/shared/testing";
import { isSameProcess, processStart } from "../process-identity.ts";
import { TestHost, type Spawned } from "../testing/test-host.ts";

/** The pids a script has printed, one a line. */
async function pids(host: TestHost, session: Spawned, count: number): Promise<number[]> {
  const viewer = await host.attach(session, { from: 0 });
  await waitFor("the pids", () => (viewer.text.match(/P\d+E/g) ?? []).length >= count);
  return [...viewer.text.matchAll(/P(\d+)E/g)].map(([, pid]) => Number(pid));
}

const gone = (pid: number) => processStart(pid) === undefined;

describe("kill", () => {
  it("ends an interactive shell that ignores TERM, with its background children (L1)", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn(["bash", "--norc", "-i"]);
    await host.control.call("type", { id: session.id, epoch: session.epoch, text: "trap '' TERM HUP; sleep 500 & echo P$!\"E\"; (sleep 501 & echo P$!\"E\")", enter: true });
    const children = await pids(host, session, 2);
    const answer = await host.kill(session, "TERM", 200);
    expect(answer).toMatchObject({ running: false, exit: { signal: "SIGKILL" } });
    expect([session.pid, ...children].every(gone)).toBe(true);
  });

  it("a shell at its prompt, which ignores TERM, is hung up and doesn't use up the grace", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn(["bash", "--norc", "-i"]);
    await host.control.call("type", { id: session.id, epoch: session.epoch, text: "sleep 505 & echo P$!\"E\"; echo P$$\"E\"", enter: true });
    const children = await pids(host, session, 2);
    const from = performance.now();
    expect(await host.kill(session, "TERM", 20_000)).toMatchObject({ running: false, exit: { signal: "SIGHUP" } });
    expect(performance.now() - from).toBeLessThan(10_000);
    expect(children.every(gone)).toBe(true);
  });

  it("ends children that left: setsid, re-parented, stopped", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("setsid sleep 502 & echo P$!E; (trap '' HUP TERM; sleep 503 & echo P$!E); sleep 504 & echo P$!E; kill -STOP $!; wait");
    const children = await pids(host, session, 3);
    await host.kill(session, "TERM", 300);
    expect(children.filter((pid) => !gone(pid))).toEqual([]);
  });

  it("what a program prints at its shutdown is kept (L2)", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("trap 'echo saved; exit 3' TERM; echo ready; while :; do sleep 0.02; done");
    await waitFor("ready", async () => (await host.get(session)).offset > 0);
    expect(await host.kill(session, "TERM", 3000)).toMatchObject({ exit: { code: 3 } });
    expect((await host.log(session)).text).toContain("saved");
  });

  it("of an ended session changes nothing and signals nobody (L3)", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("exit 0");
    const ended = await host.ended(session);
    expect(await host.kill(session)).toEqual(ended);
    expect(ended.exit).toEqual({ code: 0 });
  });

  it("touches no stranger", async () => {
    await using host = await TestHost.start();
    const stranger = spawn("sleep", ["505"], { stdio: "ignore" });
    try {
      const pid = stranger.pid ?? 0;
      const start = await waitFor("the stranger", () => processStart(pid));
      const session = await host.spawn("sleep 506 & wait");
      await host.kill(session);
      expect(isSameProcess(pid, start)).toBe(true);
    } finally {
      stranger.kill("SIGKILL");
    }
  });
});

describe("a session's life", () => {
  it("is written beside its log, at the start and at the end", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("read x; exit 4", { size: { cols: 91, rows: 17 } });
    const life = () => JSON.parse(readFileSync(`${session.dir}/life.json`, "utf8")) as Record<string, unknown>;
    expect(life()).toMatchObject({ id: session.id, epoch: session.epoch, pid: session.pid, pidStart: processStart(session.pid), endedAt: null, exit: null, size: { cols: 91, rows: 17 } });
    await host.control.call("type", { id: session.id, epoch: session.epoch, enter: true });
    const { offset } = await host.ended(session);
    expect(life()).toMatchObject({ exit: { code: 4 }, offset });
    await waitFor("the event", () => host.control.events.some((event) => event.event === "ended" && event.session.id === session.id));
  });

  it("says working, blocked on a question, and idle", async () => {
    await using host = await TestHost.start();
    const asks = await host.spawn("printf 'Password? '; read x");
    const quiet = await host.spawn("stty raw; sleep 600");
    const state = async (session: Spawned) => (await host.get(session)).activity;
    await waitFor("working", async () => (await state(asks)).state === "working");
    expect(await waitFor("blocked", async () => {
      const now = await state(asks);
      return now.state === "blocked" && now;
    })).toMatchObject({ reason: "input" });
    await waitFor("idle", async () => (await state(quiet)).state === "idle", 15_000);
  }, 40_000);

  it("no variable of the host is inherited", async () => {
    await using host = await TestHost.start();
    process.env["HOST_SECRET_FOR_TEST"] = "1";
    const session = await host.spawn(["/usr/bin/env"], { env: { ONLY: "this" } });
    delete process.env["HOST_SECRET_FOR_TEST"];
    await host.ended(session);
    const { text } = await host.log(session);
    expect(text).toContain("ONLY=this");
    expect(text).not.toContain("HOST_SECRET_FOR_TEST");
  });
});
