import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { FleetError } from "@fleetwire/shared/errors";

/** Path of the node agent's program. @param chosen instead of the installed one. @throws FleetError `agent-start-failed` */
export function findNodeProgram(chosen?: string): string {
  const program = chosen ?? installed();
  if (program === undefined || !existsSync(program)) {
    throw new FleetError("agent-start-failed", program === undefined ? "the node agent is not installed beside this command" : `the node agent's program is missing: ${program}`, { hint: "build it with 'npm run build', or name it with FLEET_NODE_PROGRAM" });
  }
  return program;
}

function installed(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("@fleetwire/node-agent/package.json")), "dist", "fleet-node.js");
  } catch {
    return undefined;
  }
}
