// What the tables say against what runs: after the agent was away, and after a host was.
import { hasEnded } from "@fleetwire/shared/domain";
import type { HostSession } from "@fleetwire/shared/control";
import type { SessionRow } from "../store/index.ts";
import type { Core } from "./core.ts";
import type { HostClient } from "./host-client.ts";
import { readLife, sessionDirectory } from "./host-files.ts";
import { endLeftBehind } from "./left-behind.ts";
import { noteEnded, noteFailed, noteLife, noteStarted, noteVanished, tell } from "./life.ts";
import { rebuildRow } from "./rebuild.ts";

/** Once at the start, when every host that lives is connected or known not to answer. */
export function reconcile(core: Core): void {
  for (const host of core.pool.all()) reconcileHost(core, host, host.hello.sessions);
  const alone: SessionRow[] = [];
  for (const row of core.store.sessions.inStates(["starting", "running"])) {
    if (row.host_id !== null && core.pool.lives(row.host_id)) core.sockets.open(row.id);
    else alone.push(row);
  }
  withoutHost(core, alone, false);
}

/** @param sessions all that the host has, asked for after it (re)connected */
export function reconcileHost(core: Core, host: HostClient, sessions: readonly HostSession[]): void {
  const { hostId } = host.hello;
  for (const session of sessions) {
    const row = core.store.sessions.get(session.id) ?? (session.running ? rebuildRow(core, session, hostId) : undefined);
    if (row === undefined) void host.call("forget", { id: session.id, epoch: session.epoch }).catch(() => undefined);
    else if (row.epoch === session.epoch) settleWithHost(core, row, session, hostId);
  }
  const there = new Set(sessions.map(({ id, epoch }) => `${id} ${epoch}`));
  for (const row of core.store.sessions.inStates(["starting", "running"])) {
    if (row.host_id === hostId && !there.has(`${row.id} ${row.epoch}`)) void settleMissing(core, host, row);
  }
}

/** All sessions of a host that is gone: how they ended, if it could still write that, or `lost`. */
export function hostLost(core: Core, hostId: string): void {
  withoutHost(core, core.store.sessions.inStates(["starting", "running"]).filter((row) => row.host_id === hostId), true);
  for (const row of core.store.sessions.all()) {
    if (row.host_id !== hostId) continue;
    core.live.delete(row.id);
  }
}

function settleWithHost(core: Core, row: SessionRow, session: HostSession, hostId: string): void {
  core.live.set(row.id, session);
  if (row.host_id !== hostId) core.store.sessions.update(row.id, { host_id: hostId });
  if (hasEnded(row.state)) return;
  if (!session.running) return noteEnded(core, row, session);
  if (row.state !== "starting" || session.pid === null) return;
  const started = noteStarted(core, row.id, { pid: session.pid, startedAt: session.startedAt });
  if (started !== undefined) tell(core, "session-launched", started);
}

/** The host lives and doesn't have it. A start that the host may still be reading gets one more look. */
async function settleMissing(core: Core, host: HostClient, row: SessionRow): Promise<void> {
  if (noteLife(core, row, readLife(sessionDirectory(core.stateDir, row.id)))) return;
  const again = row.state === "starting" ? await host.call("get", { id: row.id, epoch: row.epoch }).catch(() => undefined) : undefined;
  const now = core.store.sessions.get(row.id);
  if (now === undefined || now.epoch !== row.epoch || hasEnded(now.state)) return;
  if (again !== undefined) settleWithHost(core, now, again, host.hello.hostId);
  else if (now.state === "starting") noteFailed(core, now, "the node agent stopped while it started");
  else noteVanished(core, now, "its PTY host does not know it any more");
}

/** @param seen the host was there until now */
function withoutHost(core: Core, rows: readonly SessionRow[], seen: boolean): void {
  if (rows.length === 0) return;
  // Before anything is told: whoever hears of the end and starts the session again waits for what is left of it.
  const work = endLeftBehind(core, rows, seen).catch((error: unknown) => core.log.error({ err: error }, "what sessions left behind can't be ended"));
  core.unfinished.add(work);
  void work.then(() => core.unfinished.delete(work));
  for (const row of rows) {
    if (noteLife(core, row, readLife(sessionDirectory(core.stateDir, row.id)))) continue;
    noteVanished(core, row, "its PTY host went away: a crash or a reboot");
  }
}
