// Whom to ask about what a session has printed and shows.
import { existsSync } from "node:fs";
import { hasEnded } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import type { SessionRow } from "../store/index.ts";
import type { Core } from "./core.ts";
import type { HostClient } from "./host-client.ts";
import { sessionDirectory } from "./host-files.ts";
import { refreshOne } from "./refresh.ts";

/**
 * The host that has the session; the log of an ended one is opened again where it is not in memory any more.
 * @throws FleetError `unknown-session`, `log-gone`, `host-unreachable`
 */
export async function hostOf(core: Core, row: SessionRow): Promise<HostClient> {
  const own = row.host_id === null ? undefined : core.pool.get(row.host_id);
  const resident = own !== undefined && (await refreshOne(core, row)) !== undefined;
  if (own !== undefined && resident) return own;
  const now = core.store.sessions.get(row.id) ?? row;
  if (!hasEnded(now.state)) throw new FleetError("host-unreachable", `session ${row.id}: its PTY host does not answer`);
  return core.lock.run(row.id, () => reopen(core, now));
}

async function reopen(core: Core, found: SessionRow): Promise<HostClient> {
  const row = core.store.sessions.get(found.id);
  if (row === undefined) throw new FleetError("unknown-session", `session ${found.id} was removed`);
  // Restarted while this waited for its turn.
  if (!hasEnded(row.state)) return hostOf(core, row);
  const dir = sessionDirectory(core.stateDir, row.id);
  if (row.state === "failed") throw new FleetError("log-gone", `session ${row.id} never started: ${row.exit?.reason ?? "no reason known"}`, { hint: "correct what kept it from starting, then 'fleet restart' it" });
  if (!existsSync(dir)) throw new FleetError("log-gone", `the log of session ${row.id} is gone`);
  const [host] = await core.pool.current();
  const startedAt = row.started_at ?? row.created_at;
  const opened = await host.call("open", { id: row.id, epoch: row.epoch, dir, size: { cols: row.cols, rows: row.rows }, exit: row.exit, startedAt, endedAt: row.ended_at ?? startedAt });
  core.live.set(row.id, opened);
  core.store.sessions.update(row.id, { host_id: host.hello.hostId });
  return host;
}
