import { hasEnded } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import type { SessionId, SessionRef } from "@fleetwire/shared/ids";
import type { SessionRow } from "../store/index.ts";
import { newEpoch, type Core } from "./core.ts";
import { resolveCommand } from "./find-command.ts";
import { findSession } from "./find-session.ts";
import { describe } from "./describe.ts";
import { gpusKnown, keepGpus, leaseGpus } from "./gpu-leases.ts";
import { GRACE_MS, killOne } from "./kill.ts";
import { startLife } from "./start-life.ts";

/** Runs a session's command again under the same id; a running one is ended first. @throws FleetError `unknown-session`, `draining`, `no-free-gpu`, `launch-failed` … */
export async function restart(core: Core, ref: SessionRef, graceMs = GRACE_MS): Promise<SessionRow> {
  const found = findSession(core, ref);
  if (core.limits().draining) throw new FleetError("draining", `node ${core.node.name()} takes no new sessions`);
  resolveCommand(commandOf(found), found.cwd, found.env);
  core.store.ensureWritable();
  return core.lock.run(found.id, async () => {
    using _kept = keepGpus(core, core.store.sessions.get(found.id) ?? found);
    if (!hasEnded(found.state)) await killOne(core, found, "SIGTERM", graceMs);
    return await beginAgain(core, found.id, { restarts: 0 });
  });
}

/** Under the session's lock. The new life has an epoch of its own: tickets of the old one don't fit it. */
export async function beginAgain(core: Core, id: SessionId, change: { restarts?: number } = {}): Promise<SessionRow> {
  // A life that the tables don't know could not be found again.
  core.store.ensureWritable();
  const wished = core.store.sessions.get(id)?.gpus ?? null;
  if (wished !== null) await gpusKnown(core);
  const { host, old, argv } = await core.pool.place((chosen) => {
    const before = core.store.sessions.get(id);
    if (before === undefined) throw new FleetError("unknown-session", `session ${id} was removed`);
    const found = resolveCommand(commandOf(before), before.cwd, before.env);
    const gpus = before.gpus === null ? null : leaseGpus(core, before.gpus.wish, { id, had: before.gpus.held });
    const { cols, rows } = core.live.get(id)?.size ?? before;
    core.live.delete(id);
    core.store.sessions.update(id, {
      ...change,
      state: "starting",
      epoch: newEpoch(),
      host_id: chosen.hello.hostId,
      exit: null,
      pid: null,
      cols,
      rows,
      started_at: null,
      ended_at: null,
      restart_at: null,
      kill_requested: 0,
      warning: null,
      gpus,
    });
    return { host: chosen, old: before, argv: found };
  });
  const before = old.host_id === null ? undefined : core.pool.get(old.host_id);
  await before?.call("forget", { id, epoch: old.epoch }).catch(() => undefined);
  const row = core.store.sessions.get(id) ?? old;
  if (row.gpus !== null) describe(core, row);
  return startLife(core, row, host, argv, "session-changed");
}

function commandOf(row: SessionRow): readonly string[] {
  return row.restart_command ?? row.command;
}
