// First use: the node agent is started, once, however many commands come at the same moment. One of them takes the lock
// file; all wait until the socket takes connections.
import { execFile, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { FleetError } from "@fleetwire/shared/errors";
import type { Settings } from "../../config/index.ts";
import { findNodeProgram } from "./agent-program.ts";
import { serviceUnit } from "./service-unit.ts";

const START_MS = 20_000;
const GRACE_MS = 700;
/** A lock that is older than this belongs to nobody, whatever its pid says. */
const STALE_MS = 30_000;

/** @throws FleetError `agent-start-failed` naming the log */
export async function startAgent(settings: Settings): Promise<void> {
  const { paths } = settings;
  makeDirectories(settings);
  const lock = `${paths.run}/start.lock`;
  const until = Date.now() + START_MS;
  let pause = 8;
  while (!(await takesConnections(paths.agentSocket))) {
    if (Date.now() > until) throw failed(settings, "it did not come up in time");
    if (takeLock(lock)) {
      try {
        // Somebody may have started it and let the lock go since we looked.
        if (!(await takesConnections(paths.agentSocket)) && !(await startUnit(settings, until))) await spawnAgent(settings, until);
      } finally {
        rmSync(lock, { force: true });
      }
      return;
    }
    await sleep(pause);
    pause = Math.min(60, pause * 1.5);
  }
}

function makeDirectories({ paths }: Settings): void {
  try {
    for (const directory of [paths.config, paths.state, paths.run, paths.logs]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new FleetError("disk", (error as Error).message, { hint: "check that the directory above it is yours and the disk is writable" });
  }
}

/** By the service manager, where that is what starts this machine's node. @returns false where it isn't */
async function startUnit(settings: Settings, until: number): Promise<boolean> {
  const unit = serviceUnit(settings.paths.state);
  if (unit === undefined) return false;
  const said = await new Promise<string | undefined>((resolve) => {
    execFile("systemctl", [...unit.flags, "start", unit.name], { timeout: START_MS }, (error, _stdout, stderr) => resolve(error === null ? undefined : stderr.trim().split("\n").at(-1) || error.message));
  });
  if (said !== undefined) throw new FleetError("agent-start-failed", `this machine's node is a service, and it could not be started: ${said}`, { hint: `systemctl ${[...unit.flags, "start", unit.name].join(" ")}` });
  while (!(await takesConnections(settings.paths.agentSocket))) {
    if (Date.now() > until) throw new FleetError("agent-start-failed", `the service ${unit.name} runs, but does not answer`, { hint: `systemctl ${[...unit.flags, "status", unit.name].join(" ")}` });
    await sleep(20);
  }
  return true;
}

/** In a session of its own: neither Ctrl-C nor a closed terminal of the first command reaches it. */
async function spawnAgent(settings: Settings, until: number): Promise<void> {
  const program = findNodeProgram(settings.nodeProgram, settings.search);
  const log = openSync(logFile(settings), "a", 0o600);
  const child = spawn(process.execPath, [program], { detached: true, stdio: ["ignore", log, log], cwd: settings.home, env: settings.agentEnv() });
  closeSync(log);
  let ended: { readonly why: string; readonly at: number } | undefined;
  const end = (why: string) => (ended = { why, at: Date.now() });
  child.once("error", (error) => end(error.message));
  child.once("exit", (code, signal) => end(signal === null ? `it exited with ${code ?? "?"}` : `it was ended by ${signal}`));
  child.unref();
  while (!(await takesConnections(settings.paths.agentSocket))) {
    // It may have found that another one is just starting: that one is as good.
    if (ended !== undefined && Date.now() > ended.at + GRACE_MS) throw failed(settings, ended.why);
    if (Date.now() > until) throw failed(settings, "it did not come up in time");
    await sleep(4);
  }
}

function takesConnections(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Takes the lock, also from a process that died with it. */
function takeLock(lock: string): boolean {
  try {
    const file = openSync(lock, "wx", 0o600);
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  if (isStale(lock)) rmSync(lock, { force: true });
  return false;
}

function isStale(lock: string): boolean {
  try {
    const age = Date.now() - statSync(lock).mtimeMs;
    const pid = Number(readFileSync(lock, "utf8"));
    if (age > STALE_MS) return true;
    // Its holder may not have written its pid yet.
    if (pid === 0) return age > 1_000;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

function failed(settings: Settings, why: string): FleetError {
  const last = lastError(logFile(settings));
  return new FleetError("agent-start-failed", `this machine's node could not be started: ${last ?? why}`, { hint: `the log has more: ${logFile(settings)}` });
}

const logFile = ({ paths }: Settings) => `${paths.logs}/agent-start.log`;

/** What the agent itself said last, when it was one plain line. */
function lastError(file: string): string | undefined {
  try {
    const line = readFileSync(file, "utf8").trim().split("\n").findLast((text) => text.startsWith("fleet-node: "));
    return line?.slice("fleet-node: ".length);
  } catch {
    return undefined;
  }
}
