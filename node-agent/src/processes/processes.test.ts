import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "@fleetwire/shared/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { processStart } from "../pty-host/index.ts";
import { createProcesses, type Program, type ProgramSpec } from "./index.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };
let dir: string;
let open: Program[];
const processes = createProcesses({ env: { PATH: process.env["PATH"], SECRET: "not passed on" }, log });
const spec = (script: string, more: Partial<ProgramSpec> = {}): ProgramSpec => ({
  name: "sleeper", command: "sh", args: ["-c", script], debianPackage: "dash", pidFile: join(dir, "p.pid"), logFile: join(dir, "p.log"), ...more,
});
const run = async (of: ProgramSpec) => {
  const program = await processes.run(of);
  open.push(program);
  return program;
};
const gone = (pid: number | undefined) => processStart(pid ?? 0) === undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "fw-"));
  open = [];
});
afterEach(async () => {
  for (const program of open) await program.stop(100);
  rmSync(dir, { recursive: true, force: true });
});

describe("detached programs", () => {
  it("run in a session of their own, with few variables and a log", async () => {
    const program = await run(spec("env; exec sleep 60"));
    const { pid, state } = program.status();
    expect(state).toBe("running");
    expect(Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[3])).toBe(pid);
    await waitFor("its output", () => readFileSync(join(dir, "p.log"), "utf8").includes("PATH="));
    expect(readFileSync(join(dir, "p.log"), "utf8")).not.toContain("SECRET");
    await program.stop(1_000);
    expect(gone(pid)).toBe(true);
    expect(existsSync(join(dir, "p.pid"))).toBe(false);
  });

  it("are found again by another agent, and not started twice", async () => {
    const first = await run(spec("exec sleep 60"));
    const { pid } = first.status();
    first[Symbol.dispose]();
    const second = await run(spec("exec sleep 60"));
    expect(second.status().pid).toBe(pid);
    const third = processes.adopt(spec("exec sleep 60"));
    expect(third?.status().pid).toBe(pid);
    third?.[Symbol.dispose]();
  });

  it("a program that ignores TERM is killed after the grace", async () => {
    const program = await run(spec("trap '' TERM; echo up; while :; do sleep 0.1; done", { ready: async () => waitFor("up", () => readFileSync(join(dir, "p.log"), "utf8").includes("up")).then(() => undefined) }));
    const { pid } = program.status();
    await program.stop(100);
    expect(gone(pid)).toBe(true);
  });

  it("a stranger in the pid file is never signalled", async () => {
    writeFileSync(join(dir, "p.pid"), JSON.stringify({ pid: process.pid, start: "1" }));
    expect(processes.adopt(spec("exec sleep 60"))).toBeUndefined();
    for (const garbage of ["", "{", "12", '{"pid":1,"start":"1"}', '{"pid":-1,"start":"x"}']) {
      writeFileSync(join(dir, "p.pid"), garbage);
      expect(processes.adopt(spec("exec sleep 60"))).toBeUndefined();
    }
    const program = await run(spec("exec sleep 60"));
    expect(program.status().pid).not.toBe(process.pid);
  });

  it("one that dies is started again, and one that can't live is reported", async () => {
    const program = await run(spec("exec sleep 60"));
    const { pid } = program.status();
    process.kill(pid ?? 0, "SIGKILL");
    const next = await waitFor("another process", () => {
      const now = program.status();
      return now.state === "running" && now.pid !== pid ? now.pid : undefined;
    });
    await program.stop(100);
    expect(gone(next)).toBe(true);
    const doomed = await run(spec("echo no luck; sleep 0.05", { pidFile: join(dir, "q.pid"), logFile: join(dir, "q.log") }));
    await waitFor("failed", () => doomed.status().state === "failed", 20_000);
    expect(doomed.status().detail).toContain("no luck");
  });

  it("says what is missing, and what a program said when it ended at once", async () => {
    await expect(run(spec("", { command: "no-such-program-fw", debianPackage: "some-package" }))).rejects.toMatchObject({ code: "missing-program", hint: expect.stringContaining("some-package") as string });
    await expect(run(spec("echo bad config; exit 3", { ready: () => new Promise(() => {}) }))).rejects.toMatchObject({ code: "launch-failed", message: expect.stringContaining("bad config") as string });
    expect(existsSync(join(dir, "p.pid"))).toBe(false);
  });
});
