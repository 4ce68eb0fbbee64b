// The timer of the restart policy. One for all: it looks at the rows, so nothing is forgotten when the agent restarts.
import { setTimeout as sleep } from "node:timers/promises";
import { hasEnded } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import type { SessionId } from "@fleetwire/shared/ids";
import type { Core } from "./core.ts";
import { beginAgain } from "./restart.ts";

/** No longer than the shortest delay of a policy: none becomes due in between unseen. */
const LOOK_MS = 1_000;
const SOON_MS = 10;
const FAILED_MS = 60_000;
/** Somebody else has its GPUs now. */
const NO_GPU_MS = 5_000;

/** On a node that is draining nothing is begun: what is due waits until the drain ends. */
function dueNow(core: Core): SessionId[] {
  if (core.limits().draining) return [];
  try {
    return core.store.sessions.dueForRestart(core.now());
  } catch (error) {
    core.log.warn({ err: error }, "the tables can't be asked what is to be restarted");
    return [];
  }
}

/** Milliseconds. */
function untilNext(core: Core): number {
  try {
    const next = core.limits().draining ? Number.POSITIVE_INFINITY : (core.store.sessions.nextRestart() ?? Number.POSITIVE_INFINITY);
    return Math.min(LOOK_MS, Math.max(SOON_MS, next - core.now()));
  } catch {
    return LOOK_MS; // Said by who asked before.
  }
}

/** Runs until the agent stops. */
export async function keepRestarting(core: Core): Promise<void> {
  const policies = core.store.sessions;
  while (!core.over.aborted) {
    const due = dueNow(core);
    await Promise.allSettled(
      due.map((id) =>
        core.lock.run(id, async () => {
          const row = policies.get(id);
          if (row === undefined || !hasEnded(row.state) || row.restart_at === null || core.over.aborted) return;
          core.log.info({ session: id, restarts: row.restarts }, "restarting by policy");
          try {
            await beginAgain(core, id);
          } catch (error) {
            core.log.warn({ session: id, err: error }, "a restart by policy failed");
            const now = policies.get(id);
            // Its command is gone, or no host starts: asked again later, a policy doesn't give up on its own.
            const later = error instanceof FleetError && error.code === "no-free-gpu" ? NO_GPU_MS : FAILED_MS;
            if (now !== undefined && hasEnded(now.state)) policies.update(id, { restart_at: core.now() + later });
          }
        }),
      ),
    );
    await sleep(untilNext(core), undefined, { signal: core.over }).catch(() => undefined);
  }
}
