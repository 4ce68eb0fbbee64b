// One life of a session begins: at its launch, and again at each restart.
import type { EventKind } from "@fleetwire/shared/bus";
import { hasEnded } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { withGpus } from "../gpus/index.ts";
import type { SessionRow } from "../store/index.ts";
import type { Core } from "./core.ts";
import { withIdentity } from "./environment.ts";
import type { HostClient } from "./host-client.ts";
import { sessionDirectory } from "./host-files.ts";
import { noteFailed, noteStarted, tell } from "./life.ts";
import { untilChanged } from "./watch.ts";

const SPAWN_MS = 15_000;
const SETTLE_MS = 10_000;

/**
 * The row's state is `starting`, its epoch new and its host the given one.
 * @param argv with the program as an absolute path
 * @throws FleetError `launch-failed`, `outcome-unknown`
 */
export async function startLife(core: Core, row: SessionRow, host: HostClient, argv: string[], kind: EventKind): Promise<SessionRow> {
  const { id, epoch } = row;
  try {
    core.sockets.open(id);
    const env = withIdentity(withGpus(row.env, row.gpus?.held ?? []), { node: core.node.name(), id, name: row.name, epoch, socket: core.sockets.path(id) });
    const started = await host.call("spawn", { id, epoch, argv, cwd: row.cwd, env, size: { cols: row.cols, rows: row.rows }, colors: core.limits().colors, dir: sessionDirectory(core.stateDir, id), logBytes: core.limits().logBytes, begin: row.output_bytes }, SPAWN_MS);
    const now = noteStarted(core, id, started) ?? row;
    core.log.info({ session: id, childPid: started.pid }, "session started");
    tell(core, kind, now);
    if (now.gpus !== null) core.node.changed();
    return now;
  } catch (error) {
    const failure = FleetError.from(error);
    if (failure.code === "host-unreachable" || failure.code === "timeout") return settled(core, row, failure);
    noteFailed(core, row, failure.message);
    core.log.warn({ session: id, err: failure }, "session did not start");
    throw failure.code === "internal" ? new FleetError("launch-failed", failure.message, { cause: error }) : failure;
  }
}

/** The line to the host broke in between: whether it started is found out when the host is back, or gone. */
async function settled(core: Core, row: SessionRow, failure: FleetError): Promise<SessionRow> {
  const now = await untilChanged(core, row.id, (current) => current.state !== "starting", SETTLE_MS);
  if (now === undefined || now.state === "starting") throw new FleetError("outcome-unknown", `session ${row.id} may have started: ${failure.message}`);
  if (hasEnded(now.state)) throw new FleetError("launch-failed", `session ${row.id}: its PTY host went away while it started`);
  return now;
}
