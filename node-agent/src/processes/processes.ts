// Detached programs: nats-server, Caddy, the registry. They outlive the agent and are found again by pid and start time.
import { FleetError } from "@fleetwire/shared/errors";
import { startDetached } from "./detached.ts";
import { findProgram } from "./find-program.ts";
import { readPidFile } from "./pid-file.ts";
import { supervise } from "./supervisor.ts";
import type { Log, Processes, ProgramSpec } from "./types.ts";

export interface ProcessesDeps {
  /** The agent's environment: only PATH, HOME, LANG and TZ of it go to a program. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

const PASSED_ON = ["PATH", "HOME", "LANG", "TZ"];

export function createProcesses({ env, log }: ProcessesDeps): Processes {
  const find = (command: string) => findProgram(command, env["PATH"] ?? "");

  async function start(spec: ProgramSpec) {
    const executable = find(spec.command);
    if (executable === undefined) {
      throw new FleetError("missing-program", `${spec.command} is not installed`, { hint: `install it, e.g. 'apt-get install ${spec.debianPackage}'` });
    }
    const passed = PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]));
    return startDetached(spec, executable, { ...Object.fromEntries(passed), ...spec.env });
  }

  return {
    find,
    async run(spec) {
      const running = readPidFile(spec.pidFile);
      log.info({ program: spec.name, adopted: running?.pid }, running === undefined ? "starting program" : "program found running");
      return supervise(spec, running ?? (await start(spec)), () => start(spec), log);
    },
    adopt(spec) {
      const running = readPidFile(spec.pidFile);
      return running === undefined ? undefined : supervise(spec, running, () => start(spec), log);
    },
  };
}
