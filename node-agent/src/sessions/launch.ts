// Everything is checked before anything changes; then the row is written, then the process started. Whatever happens
// between those two, the row is there to be put right by who comes next.
import { accessSync, constants, statSync } from "node:fs";
import { isAbsolute, normalize } from "node:path";
import type { InputOf, sessionLaunch } from "@fleetwire/shared/bus";
import { DEFAULT_SIZE, hasEnded } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import { expandTilde } from "../config/index.ts";
import type { SessionRow } from "../store/index.ts";
import { newEpoch, type Core } from "./core.ts";
import { baseEnvironment } from "./environment.ts";
import { describe } from "./describe.ts";
import { resolveCommand } from "./find-command.ts";
import { gpusKnown, leaseGpus } from "./gpu-leases.ts";
import type { HostClient } from "./host-client.ts";
import { startLife } from "./start-life.ts";

type LaunchInput = InputOf<typeof sessionLaunch>;

export interface LaunchOrigin {
  /** Who launches, for the record; undefined for this machine's owner. */
  readonly launchedBy?: string;
  /** On this machine: then `callerEnv` is the base of the environment. */
  readonly local: boolean;
}

/** @throws FleetError `draining`, `no-room`, `name-taken`, `no-such-directory`, `command-not-found`, `command-not-executable`, `no-free-gpu`, `disk`, `launch-failed` */
export async function launch(core: Core, input: LaunchInput, origin: LaunchOrigin): Promise<SessionRow> {
  if (core.limits().draining) throw new FleetError("draining", `node ${core.node.name()} takes no new sessions`);
  const cwd = workingDirectory(input.cwd ?? "~", core.home);
  const base = origin.local && input.callerEnv !== undefined ? withHome(input.callerEnv, core) : core.loginEnv;
  const env = baseEnvironment(base, input.env ?? {}, cwd);
  const argv = resolveCommand(input.command, cwd, env);
  if (input.restartCommand !== undefined) resolveCommand(input.restartCommand, cwd, env);
  checkName(core, input);
  core.store.ensureWritable();
  if (input.gpus !== undefined) await gpusKnown(core);
  const { host, row } = await core.pool.place((chosen) => ({ host: chosen, row: core.store.transaction(() => insert(core, input, origin, { cwd, env, host: chosen })) }));
  describe(core, row);
  return core.lock.run(row.id, () => startLife(core, row, host, argv, "session-launched"));
}

/** The session's `fleet` finds the same home as this agent, whoever launched it. */
function withHome(callerEnv: Readonly<Record<string, string>>, core: Core): Record<string, string> {
  const { FLEET_HOME: _callers, ...rest } = callerEnv;
  const home = core.loginEnv["FLEET_HOME"];
  return home === undefined ? rest : { ...rest, FLEET_HOME: home };
}

function insert(core: Core, input: LaunchInput, origin: LaunchOrigin, made: { cwd: string; env: Record<string, string>; host: HostClient }): SessionRow {
  const { maxSessions } = core.limits();
  if (core.store.sessions.count().running >= maxSessions) throw new FleetError("no-room", `node ${core.node.name()} runs ${maxSessions} sessions already`);
  // Again: somebody may have taken it while the host was waited for.
  checkName(core, input);
  const size = input.size ?? DEFAULT_SIZE;
  const row: SessionRow = {
    id: core.store.nextSessionId(),
    name: input.name ?? null,
    tags: [...new Set(input.tags)],
    command: input.command,
    cwd: made.cwd,
    state: "starting",
    exit: null,
    pid: null,
    cols: size.cols,
    rows: size.rows,
    created_at: core.now(),
    started_at: null,
    ended_at: null,
    last_output_at: null,
    output_bytes: 0,
    log_start: 0,
    restart: input.restart ?? "no",
    restart_command: input.restartCommand ?? null,
    restart_at: null,
    restarts: 0,
    kill_requested: 0,
    launched_by: origin.launchedBy ?? null,
    host_id: made.host.hello.hostId,
    epoch: newEpoch(),
    env: made.env,
    warning: null,
    gpus: input.gpus === undefined ? null : leaseGpus(core, input.gpus),
  };
  core.store.sessions.insert(row);
  return row;
}

function checkName(core: Core, { name }: LaunchInput): void {
  const holder = name === undefined ? undefined : core.store.sessions.byName(name);
  if (holder === undefined) return;
  const ended = hasEnded(holder.state);
  throw new FleetError("name-taken", `session ${holder.id}${ended ? ", which has ended," : ""} has the name '${name}'`, ended ? { hint: `choose another name, or remove it with 'fleet rm ${name}'` } : {});
}

/** Absolute, there, and to be entered. A relative one is the caller's to resolve: only the caller knows where it is. */
function workingDirectory(wanted: string, home: string): string {
  const path = expandTilde(wanted, home);
  if (!isAbsolute(path)) throw new FleetError("no-such-directory", `'${printable(wanted)}' is a relative path`, { hint: "give an absolute path on that node, or one that begins with ~/" });
  const cwd = normalize(path);
  try {
    if (!statSync(cwd).isDirectory()) throw new FleetError("no-such-directory", `'${printable(cwd)}' is not a directory`);
    accessSync(cwd, constants.X_OK);
  } catch (error) {
    if (error instanceof FleetError) throw error;
    throw new FleetError("no-such-directory", `'${printable(cwd)}' ${(error as NodeJS.ErrnoException).code === "EACCES" ? "can't be entered" : "does not exist"}`);
  }
  return cwd;
}
