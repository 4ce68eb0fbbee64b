import type { InputOf, OutputOf, sessionReport } from "@fleetwire/shared/bus";
import { hasEnded } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { formatTarget, type SessionRef } from "@fleetwire/shared/ids";
import type { Core } from "./core.ts";
import { findSession } from "./find-session.ts";

/** Characters that control a terminal, or reorder and hide what stands beside them: reports are shown. */
// eslint-disable-next-line no-control-regex -- control characters are what is being removed
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g;

const shown = (text: string | undefined) => text?.replace(UNPRINTABLE, " ").trim() || undefined;

/** @throws FleetError `unknown-session`, `not-running`, `host-unreachable` */
export async function report(core: Core, ref: SessionRef, { state, reason, message, seq = core.now() * 1000, soft, epoch }: Omit<InputOf<typeof sessionReport>, "session">): Promise<OutputOf<typeof sessionReport>> {
  const row = findSession(core, ref);
  if (hasEnded(row.state)) throw new FleetError("not-running", `session ${row.id} has ended (${row.state})`);
  const host = row.host_id === null ? undefined : core.pool.get(row.host_id);
  if (host === undefined) throw new FleetError("host-unreachable", `session ${row.id}: its PTY host does not answer`);
  const target = formatTarget(core.node.name(), { id: row.id });
  if (epoch !== undefined && epoch !== row.epoch) return { target, taken: false, activity: (await host.call("get", { id: row.id, epoch: row.epoch })).activity };
  return { target, ...(await host.call("report", { id: row.id, epoch: row.epoch, state, reason: shown(reason), message: shown(message), seq, soft })) };
}
