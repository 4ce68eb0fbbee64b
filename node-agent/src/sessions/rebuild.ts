// Rows for sessions that run or ran and that the database doesn't know: it was damaged and set aside.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_SIZE } from "@fleetwire/shared/domain";
import type { HostSession } from "@fleetwire/shared/control";
import { SessionId } from "@fleetwire/shared/ids";
import type { SessionRow } from "../store/index.ts";
import { newEpoch, type Core } from "./core.ts";
import { readDescription } from "./describe.ts";
import { baseEnvironment } from "./environment.ts";
import { readLife, sessionDirectory } from "./host-files.ts";
import { noteLife, noteVanished } from "./life.ts";

const WARNING = "rebuilt after the database was damaged";

/** A session that a host runs. */
export function rebuildRow(core: Core, session: HostSession, hostId: string): SessionRow {
  const row = rowOf(core, session.id, { epoch: session.epoch, host_id: hostId, pid: session.pid, cols: session.size.cols, rows: session.size.rows, started_at: session.startedAt, output_bytes: session.offset });
  core.store.sessions.found(row);
  core.log.warn({ session: session.id }, "a running session was not in the database; its row is rebuilt");
  return row;
}

/** Sessions of which only the directory is left. Running ones must have their rows already. */
export function rebuildFromDirectories(core: Core): void {
  for (const name of readdirSync(join(core.stateDir, "sessions"))) {
    const id = /^\d{1,10}$/.test(name) ? SessionId.safeParse(Number(name)) : undefined;
    if (!id?.success || core.store.sessions.get(id.data) !== undefined) continue;
    const life = readLife(sessionDirectory(core.stateDir, id.data));
    const row = rowOf(core, id.data, { epoch: life?.epoch ?? newEpoch(), host_id: null, pid: null, cols: life?.size.cols ?? DEFAULT_SIZE.cols, rows: life?.size.rows ?? DEFAULT_SIZE.rows, started_at: life?.startedAt ?? null, output_bytes: life?.offset ?? 0 });
    // What had ended before the damage stays ended: no policy brings back the past.
    core.store.sessions.found({ ...row, kill_requested: 1 });
    if (!noteLife(core, row, life)) noteVanished(core, row, "the database was damaged, and its end was not written down");
  }
}

function rowOf(core: Core, id: SessionId, known: Pick<SessionRow, "epoch" | "host_id" | "pid" | "cols" | "rows" | "started_at" | "output_bytes">): SessionRow {
  const said = readDescription(sessionDirectory(core.stateDir, id));
  const cwd = said?.cwd ?? core.home;
  return {
    id,
    name: said !== undefined && said.name !== null && core.store.sessions.byName(said.name) === undefined ? said.name : null,
    tags: said?.tags ?? [],
    command: said?.command ?? [],
    cwd,
    state: "running",
    exit: null,
    created_at: said?.created_at ?? known.started_at ?? core.now(),
    ended_at: null,
    last_output_at: null,
    log_start: 0,
    restart: said?.restart ?? "no",
    restart_command: said?.restart_command ?? null,
    restart_at: null,
    restarts: 0,
    kill_requested: 0,
    launched_by: said?.launched_by ?? null,
    env: baseEnvironment(core.loginEnv, {}, cwd),
    warning: WARNING,
    gpus: said?.gpus ?? null,
    ...known,
  };
}
