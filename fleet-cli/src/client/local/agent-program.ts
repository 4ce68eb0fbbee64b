import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { FleetError } from "@fleetwire/shared/errors";

/**
 * Path of the node agent's program.
 * @param chosen instead of the installed one
 * @param search PATH: for a program that uses this client, the agent is beside the `fleet` found there
 * @throws FleetError `agent-start-failed`
 */
export function findNodeProgram(chosen?: string, search = ""): string {
  const program = chosen ?? installedBeside(import.meta.url) ?? installedBeside(fleetIn(search));
  if (program === undefined || !existsSync(program)) {
    throw new FleetError("agent-start-failed", program === undefined ? "the node agent is not installed beside this command" : `the node agent's program is missing: ${program}`, { hint: "build it with 'npm run build', or name it with FLEET_NODE_PROGRAM" });
  }
  return program;
}

function installedBeside(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return join(dirname(createRequire(file).resolve("@fleetwire/node-agent/package.json")), "dist", "fleet-node.js");
  } catch {
    return undefined;
  }
}

/** The `fleet` command itself, behind the links that lead to it. */
function fleetIn(search: string): string | undefined {
  const found = search.split(delimiter).map((directory) => join(directory, "fleet")).find((path) => existsSync(path));
  return found === undefined ? undefined : realpathSync(found);
}
