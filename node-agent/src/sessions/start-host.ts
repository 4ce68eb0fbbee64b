// Starting a PTY host: detached, in a session and process group of its own, so that neither Ctrl-C nor the agent's end
// reaches it. The terminal listener comes from an earlier host where there is one, see server/fleet-pass.c.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { HostFile } from "@fleetwire/shared/control";
import { FleetError } from "@fleetwire/shared/errors";
import { diskError } from "../store/index.ts";
import { hostDirectory, readHostFile } from "./host-files.ts";

export interface HostProgram {
  /** The bundled `fleet-pty.js`. */
  readonly script: string;
  readonly runDir: string;
  readonly agentSocket: string;
  readonly version: string;
  /** The environment of the host itself; sessions get one of their own. */
  readonly env: Readonly<Record<string, string>>;
}

const START_MS = 15_000;
const POLL_MS = 4;
/** Room for new objects, of which the engine keeps three. What it takes by itself is more than all that a thousand idle sessions need. */
const YOUNG_MB = 8;

/** @throws FleetError `disk` */
function openLog(log: string, directory: string): number {
  try {
    return openSync(log, "a", 0o600);
  } catch (error) {
    throw diskError(error, directory) ?? error;
  }
}

/**
 * Answers once the host listens.
 * @param pass has an earlier host send its terminal listener to the socket of that path
 * @throws FleetError `launch-failed` with what the host said last
 */
export async function startHost(program: HostProgram, pass?: (path: string) => Promise<boolean>): Promise<HostFile> {
  const directory = hostDirectory(program.runDir);
  // The host picks its id; until it is known its log has a name of its own.
  const log = join(directory, `starting-${process.pid}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 6)}.log`);
  const descriptor = openLog(log, directory);
  const args = [program.script, "--run", program.runDir, "--agent-socket", program.agentSocket, "--version", program.version];
  const helper = join(dirname(program.script), "fleet-pass");
  // As short as a host's own socket: paths of sockets have a limit.
  const meeting = pass === undefined || !existsSync(helper) ? undefined : join(directory, `p${randomBytes(4).toString("hex").slice(1)}.sock`);
  const command = [...(meeting === undefined ? [] : [helper, "take", meeting]), process.execPath, `--max-semi-space-size=${YOUNG_MB}`, ...args] as [string, ...string[]];
  const child = spawn(command[0], command.slice(1), { detached: true, stdio: ["ignore", descriptor, descriptor], cwd: "/", env: program.env });
  closeSync(descriptor);
  let ended: string | undefined;
  child.once("error", (error) => (ended = error.message));
  child.once("exit", (code, signal) => (ended = `it exited with ${signal ?? code}`));
  child.unref();
  if (meeting !== undefined) void pass?.(meeting);

  const until = performance.now() + START_MS;
  while (performance.now() < until && ended === undefined) {
    for (const name of readdirSync(directory)) {
      if (!name.endsWith(".json")) continue;
      const file = readHostFile(join(directory, name));
      if (file === undefined || file.pid !== child.pid) continue;
      renameSync(log, join(directory, `${file.hostId}.log`));
      return file;
    }
    await sleep(POLL_MS);
  }
  child.kill("SIGKILL");
  const said = readFileSync(log, "utf8").trim().split("\n").at(-1)?.slice(0, 300) ?? "";
  throw new FleetError("launch-failed", `the PTY host did not start: ${[ended ?? `no answer in ${START_MS / 1000} s`, said].filter((part) => part !== "").join("; ")}`, { hint: `its output is in ${log}` });
}
