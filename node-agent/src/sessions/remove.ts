import { rm } from "node:fs/promises";
import { hasEnded } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { formatTarget, type SessionId, type SessionRef } from "@fleetwire/shared/ids";
import { diskError, sessionMailbox, type SessionRow } from "../store/index.ts";
import { notifyWatchers, type Core } from "./core.ts";
import { findSession } from "./find-session.ts";
import { readLife, sessionDirectory } from "./host-files.ts";
import { removeGroupOf } from "./left-behind.ts";

/** Forgets ended sessions with their logs. @throws FleetError `unknown-session`, `still-running` before any is removed */
export async function remove(core: Core, refs: readonly SessionRef[]): Promise<string[]> {
  const rows = new Map(refs.map((ref) => findSession(core, ref)).map((row) => [row.id, row]));
  const running = [...rows.values()].find((row) => !hasEnded(row.state));
  if (running !== undefined) throw new FleetError("still-running", `session ${running.id} runs`);
  const removed = await Promise.all([...rows.keys()].map(async (id) => ((await removeOne(core, id)) ? formatTarget(core.node.name(), { id }) : undefined)));
  return removed.filter((target) => target !== undefined);
}

interface Removal {
  /** Why, when nobody asked for it. */
  readonly reason?: string;
  /** Asked when its turn has come: true leaves it. */
  readonly unless?: (row: SessionRow) => boolean;
}

/** @returns whether it was removed: not when it was before, or was restarted meanwhile. @throws FleetError `disk` */
export function removeOne(core: Core, id: SessionId, { reason, unless }: Removal = {}): Promise<boolean> {
  return core.lock.run(id, async () => {
    const row = core.store.sessions.get(id);
    if (row === undefined || !hasEnded(row.state) || unless?.(row) === true) return false;
    const host = row.host_id === null ? undefined : core.pool.get(row.host_id);
    await host?.call("forget", { id, epoch: row.epoch }).catch(() => undefined);
    removeGroupOf(readLife(sessionDirectory(core.stateDir, id)));
    // The log before the row: whatever interrupts this, the session can be removed again.
    // Retried: the screen worker may put a last picture beside the log while it goes.
    await rm(sessionDirectory(core.stateDir, id), { recursive: true, force: true, maxRetries: 10, retryDelay: 20 }).catch((error: unknown) => {
      throw diskError(error, core.stateDir) ?? error;
    });
    core.store.sessions.remove(id);
    core.store.messages.removeMailbox(sessionMailbox(id));
    core.live.delete(id);
    if (reason !== undefined) core.log.info({ session: id, name: row.name, endedAt: row.ended_at, reason }, "session removed");
    core.node.tell({ kind: "session-removed", about: { id, name: row.name, tags: row.tags }, removed: id, ...(reason === undefined ? {} : { reason }) });
    notifyWatchers(core, id);
    return true;
  });
}
