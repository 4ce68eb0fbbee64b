import { constants } from "node:os";
import type { InputOf, OutputOf, sessionKill } from "@fleetwire/shared/bus";
import { hasEnded } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { formatTarget } from "@fleetwire/shared/ids";
import type { SessionRow } from "../store/index.ts";
import type { Core } from "./core.ts";
import { matches } from "./filter.ts";
import { findSession, type Only } from "./find-session.ts";
import { inParallel } from "./in-parallel.ts";
import { noteEnded, noteLife, recordNow } from "./life.ts";
import { readLife, sessionDirectory } from "./host-files.ts";
import { untilChanged } from "./watch.ts";

export const GRACE_MS = 5_000;
/** Beyond the grace: KILL, reaping, and the last output. */
const CONFIRM_MS = 15_000;
/** A host looks through all processes for each session it ends: hundreds at once would only make each other late. */
const AT_ONCE = 50;

/** Ends them side by side; answers when all are gone. @throws FleetError `unknown-session`, `denied`, `bad-input` before any is touched */
export async function kill(core: Core, input: InputOf<typeof sessionKill>, only?: Only): Promise<OutputOf<typeof sessionKill>> {
  const signal = signalName(input.signal ?? "TERM");
  const rows = chosen(core, input, only);
  const answer: OutputOf<typeof sessionKill> = { killed: [], alreadyEnded: [], failed: [] };
  await inParallel(rows, AT_ONCE, async (row) => {
    try {
      const was = await core.lock.run(row.id, () => killOne(core, row, signal, input.graceMs ?? GRACE_MS));
      const now = core.store.sessions.get(row.id) ?? row;
      answer[was].push(recordNow(core, now));
    } catch (error) {
      const { code, message } = FleetError.from(error);
      answer.failed.push({ target: formatTarget(core.node.name(), { id: row.id }), code, message });
    }
  });
  answer.killed.sort((a, b) => a.id - b.id);
  answer.alreadyEnded.sort((a, b) => a.id - b.id);
  return answer;
}

/** Under the session's lock. An ended one is only kept from coming back: no signal is ever sent to a number that was reaped. */
export async function killOne(core: Core, { id }: SessionRow, signal: string, graceMs: number): Promise<"killed" | "alreadyEnded"> {
  const row = core.store.sessions.get(id);
  if (row === undefined) throw new FleetError("unknown-session", `session ${id} was removed`);
  if (hasEnded(row.state)) {
    core.store.sessions.update(id, { restart_at: null, kill_requested: 1 });
    return "alreadyEnded";
  }
  core.store.sessions.update(id, { kill_requested: 1 });
  const host = row.host_id === null ? undefined : core.pool.get(row.host_id);
  if (host === undefined) throw new FleetError("host-unreachable", `session ${id}: its PTY host does not answer`);
  try {
    const ended = await host.call("kill", { id, epoch: row.epoch, signal, graceMs }, graceMs + CONFIRM_MS);
    core.live.set(id, ended);
    noteEnded(core, row, ended);
  } catch (error) {
    // The host went away, or a life that ended a moment ago is no longer known there: whoever wrote the end last is right.
    if (!noteLife(core, row, readLife(sessionDirectory(core.stateDir, id)))) {
      const now = await untilChanged(core, id, (current) => hasEnded(current.state), FleetError.from(error).code === "host-unreachable" ? CONFIRM_MS : 0);
      if (now !== undefined && !hasEnded(now.state)) throw error;
    }
  }
  return "killed";
}

function chosen(core: Core, input: InputOf<typeof sessionKill>, only: Only | undefined): SessionRow[] {
  if ((input.sessions === undefined) === (input.filter === undefined)) throw new FleetError("bad-input", "either sessions or a filter");
  if (input.sessions !== undefined) {
    const rows = input.sessions.map((ref) => findSession(core, ref, only));
    return [...new Map(rows.map((row) => [row.id, row])).values()];
  }
  const running = core.store.sessions.inStates(["starting", "running"]);
  return running.filter((row) => matches(recordNow(core, row), input.filter) && (only === undefined || row.launched_by === only.launchedBy));
}

/** `TERM` and `SIGTERM` to `SIGTERM`. @throws FleetError `bad-input` */
function signalName(text: string): string {
  const name = text.startsWith("SIG") ? text : `SIG${text}`;
  if (!Object.hasOwn(constants.signals, name)) throw new FleetError("bad-input", `'${text}' is not a signal`);
  return name;
}
