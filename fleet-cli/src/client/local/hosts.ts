import { existsSync, readdirSync } from "node:fs";

/** Has this machine PTY hosts, also while no node agent runs? Their files are `run/hosts/<id>.json`. */
export function hasHosts(runDir: string): boolean {
  const directory = `${runDir}/hosts`;
  return existsSync(directory) && readdirSync(directory).some((name) => name.endsWith(".json"));
}
