// Keeps one detached program running while the agent runs. Bounded: a program that can't live is reported, not spun.
import type { PartStatus } from "@fleetwire/shared/bus";
import { lastLine, stopProcess } from "./detached.ts";
import { isAlive, removePidFile, type ProcessIdentity } from "./pid-file.ts";
import type { Log, Program, ProgramSpec } from "./types.ts";

const LOOK_MS = 500;
/** At most this many restarts within the window; then it counts as failed. */
const RESTARTS = 5;
const WINDOW_MS = 60_000;
const GRACE_MS = 5_000;

export function supervise(spec: ProgramSpec, first: ProcessIdentity, start: () => Promise<ProcessIdentity>, log: Log): Program {
  let current = first;
  let failed: string | undefined;
  let stopped = false;
  let starting: Promise<void> | undefined;
  let restarts: number[] = [];
  const timer = setInterval(look, LOOK_MS);
  timer.unref();

  function look(): void {
    if (stopped || starting !== undefined || failed !== undefined || isAlive(current)) return;
    restarts = restarts.filter((at) => at > Date.now() - WINDOW_MS);
    if (restarts.length >= RESTARTS) {
      failed = `ended ${RESTARTS + 1} times within a minute; last: ${lastLine(spec.logFile)}`;
      log.error({ program: spec.name, detail: failed }, "program failed");
      return;
    }
    restarts.push(Date.now());
    log.warn({ program: spec.name, said: lastLine(spec.logFile) }, "program ended; starting it again");
    starting = start()
      .then((identity) => void (current = identity))
      .catch((error: unknown) => log.error({ program: spec.name, err: error }, "program did not start again"))
      .finally(() => (starting = undefined));
  }

  return {
    status(): PartStatus {
      if (failed !== undefined) return { name: spec.name, state: "failed", detail: failed };
      if (stopped || !isAlive(current)) return { name: spec.name, state: "stopped" };
      return { name: spec.name, state: "running", pid: current.pid };
    },
    async stop(graceMs = GRACE_MS) {
      stopped = true;
      clearInterval(timer);
      await starting;
      await stopProcess(current, graceMs);
      removePidFile(spec.pidFile);
    },
    [Symbol.dispose]() {
      stopped = true;
      clearInterval(timer);
    },
  };
}
