// Starting one detached program and waiting until it serves.
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FleetError } from "@fleetwire/shared/errors";
import { processStart } from "../pty-host/index.ts";
import { isAlive, removePidFile, signalProcess, writePidFile, type ProcessIdentity } from "./pid-file.ts";
import type { ProgramSpec } from "./types.ts";

const READY_MS = 15_000;
const LOG_LIMIT_BYTES = 8 * 1024 * 1024;

/** Spawns in a session of its own, so that no terminal and no signal of the agent's group reaches it. @throws FleetError `launch-failed` */
export async function startDetached(spec: ProgramSpec, executable: string, env: Record<string, string>): Promise<ProcessIdentity> {
  const log = openLog(spec.logFile);
  let identity: ProcessIdentity;
  try {
    const child = spawn(executable, [...spec.args], { detached: true, stdio: ["ignore", log, log], env, cwd: spec.cwd ?? "/" });
    await new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    child.unref();
    const pid = child.pid ?? 0;
    identity = { pid, start: processStart(pid) ?? "" };
  } catch (error) {
    throw new FleetError("launch-failed", `${spec.name} can't be started: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    closeSync(log);
  }
  if (identity.start === "") throw ended(spec);
  writePidFile(spec.pidFile, identity);
  await untilReady(spec, identity);
  return identity;
}

async function untilReady(spec: ProgramSpec, identity: ProcessIdentity): Promise<void> {
  const over = new AbortController();
  const deadline = AbortSignal.timeout(READY_MS);
  const died = (async () => {
    while (!over.signal.aborted) {
      if (!isAlive(identity)) throw ended(spec);
      await sleep(20);
    }
  })();
  try {
    await Promise.race([spec.ready?.(AbortSignal.any([over.signal, deadline])) ?? Promise.resolve(), died, late(spec, deadline)]);
  } catch (error) {
    await stopProcess(identity, 1_000);
    removePidFile(spec.pidFile);
    throw error instanceof FleetError ? error : new FleetError("launch-failed", `${spec.name} does not answer: ${error instanceof Error ? error.message : String(error)}`, { hint: `its output is in ${spec.logFile}`, cause: error });
  } finally {
    over.abort();
    await died.catch(() => undefined);
  }
}

function late(spec: ProgramSpec, deadline: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) =>
    deadline.addEventListener("abort", () => reject(new FleetError("launch-failed", `${spec.name} did not answer within ${READY_MS / 1000} s`, { hint: `its output is in ${spec.logFile}` })), { once: true }),
  );
}

/** TERM, then KILL after the grace; answers when the process is gone. */
export async function stopProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  signalProcess(identity, "SIGTERM");
  const until = performance.now() + graceMs;
  while (isAlive(identity) && performance.now() < until) await sleep(20);
  signalProcess(identity, "SIGKILL");
  while (isAlive(identity)) await sleep(20);
}

function ended(spec: ProgramSpec): FleetError {
  const said = lastLine(spec.logFile);
  return new FleetError("launch-failed", `${spec.name} ended at once${said === "" ? "" : `: ${said}`}`, { hint: `its output is in ${spec.logFile}` });
}

/** The last line a program wrote, shortened; for one-line errors. */
export function lastLine(logFile: string): string {
  try {
    return (readFileSync(logFile, "utf8").trimEnd().split("\n").at(-1) ?? "").slice(0, 300);
  } catch {
    return "";
  }
}

/** One older log is kept: a program that is restarted for years must not fill the disk. */
function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    if (statSync(file).size > LOG_LIMIT_BYTES) renameSync(file, `${file}.1`);
  } catch {
    // No log yet.
  }
  return openSync(file, "a", 0o600);
}
