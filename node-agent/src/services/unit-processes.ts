// The hub's programs where a service manager runs them: started, stopped and looked at through it, restarted by it alone.
import type { PartStatus } from "@fleetwire/shared/bus";
import type { Processes, Program, ProgramSpec } from "../processes/index.ts";
import { readMarker } from "./marker.ts";
import { activePid, systemctl } from "./systemctl.ts";

const READY_MS = 15_000;

/** As `own`, but for programs that the marker names. */
export function unitProcesses(own: Processes, stateDir: string): Processes {
  const unitOf = ({ name }: ProgramSpec) => {
    const marker = readMarker(stateDir);
    const unit = { "nats-server": marker?.hub?.nats, "registry": marker?.hub?.registry, "relay": marker?.hub?.relay }[name];
    return marker === undefined || unit === undefined ? undefined : { scope: marker.scope, unit };
  };
  return {
    find: (command) => own.find(command),
    async run(spec) {
      const at = unitOf(spec);
      if (at === undefined) return own.run(spec);
      await systemctl(at.scope, "start", at.unit);
      await spec.ready?.(AbortSignal.timeout(READY_MS));
      return programOf(spec.name, at);
    },
    adopt(spec) {
      const at = unitOf(spec);
      if (at === undefined) return own.adopt(spec);
      return activePid(at.scope, at.unit) === undefined ? undefined : programOf(spec.name, at);
    },
  };
}

function programOf(name: string, { scope, unit }: { scope: "user" | "system"; unit: string }): Program {
  return {
    status(): PartStatus {
      const pid = activePid(scope, unit);
      return pid === undefined ? { name, state: "stopped", detail: unit } : { name, state: "running", pid, detail: unit };
    },
    stop: () => systemctl(scope, "stop", unit),
    [Symbol.dispose]() {},
  };
}
