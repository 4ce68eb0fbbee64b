// `service.json` in the state directory: a service manager starts this home's agent, and its hub. Commands that would start an
// agent ask the manager instead, and the agent leaves the hub's programs to it.
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { ServiceMarker } from "@fleetwire/shared/config";

export function readMarker(stateDir: string): ServiceMarker | undefined {
  try {
    return ServiceMarker.safeParse(JSON.parse(readFileSync(`${stateDir}/service.json`, "utf8"))).data;
  } catch {
    return undefined;
  }
}

export function writeMarker(stateDir: string, marker: ServiceMarker | undefined): void {
  const file = `${stateDir}/service.json`;
  if (marker === undefined) return rmSync(file, { force: true });
  writeFileSync(`${file}.new`, JSON.stringify(marker), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
