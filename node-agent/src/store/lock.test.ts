import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { acquireLock } from "./lock.ts";

let dir: string;
let child: ChildProcess | undefined;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "fw-"))));
afterEach(() => {
  child?.kill("SIGKILL");
  rmSync(dir, { recursive: true, force: true });
});

it("a second holder is refused with the first one's pid, and the lock is free after disposal", () => {
  {
    using _lock = acquireLock(dir, dir);
    expect(() => acquireLock(dir, dir)).toThrow(expect.objectContaining({ code: "agent-running", message: expect.stringContaining(String(process.pid)) as string }) as Error);
  }
  acquireLock(dir, dir)[Symbol.dispose]();
});

it("a holder that is killed leaves no lock behind, and a foreign pid in the file means nothing", async () => {
  const script = `const D = require("better-sqlite3"); const d = new D(${JSON.stringify(join(dir, "lock.db"))}); d.exec("BEGIN EXCLUSIVE"); console.log("held"); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  child = holder;
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  writeFileSync(join(dir, "agent.pid"), "1\n");
  expect(() => acquireLock(dir, dir)).toThrow(/process 1$/);
  const gone = new Promise((resolve) => holder.once("exit", resolve));
  holder.kill("SIGKILL");
  await gone;
  acquireLock(dir, dir)[Symbol.dispose]();
});
