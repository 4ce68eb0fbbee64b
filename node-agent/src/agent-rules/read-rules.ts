// One's own rules: a TOML file for each agent. A file that can't be used is said and left out; the others count.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { parse as parseToml } from "smol-toml";
import { AgentRules } from "@fleetwire/shared/control";
import { FleetError } from "@fleetwire/shared/errors";

const ENDING = ".toml";
const LARGEST = 64 * 1024;
const MOST = 64;

export interface OwnRules {
  readonly agents: readonly AgentRules[];
  /** One line for each file that can't be used. */
  readonly faults: readonly string[];
}

/** @param directory need not be there */
export function readOwnRules(directory: string): OwnRules {
  const agents: AgentRules[] = [];
  const faults: string[] = [];
  for (const path of rulePaths(directory)) {
    try {
      agents.push(readRules(path));
    } catch (error) {
      faults.push(FleetError.from(error).message);
    }
  }
  return { agents, faults };
}

/** Changes whenever a file does. */
export function stateOfRules(directory: string): string {
  return rulePaths(directory).map((path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    return `${path} ${stat?.mtimeMs} ${stat?.size} ${stat?.ino}`;
  }).join("\n");
}

function rulePaths(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(ENDING) && !name.startsWith(".")).toSorted().slice(0, MOST).map((name) => join(directory, name));
  } catch {
    return [];
  }
}

/** @throws FleetError `bad-config` naming file and key */
function readRules(path: string): AgentRules {
  const wrong = (what: string) => new FleetError("bad-config", `${path}: ${what}`);
  let table: object;
  try {
    const stat = statSync(path);
    if (stat.size > LARGEST) throw new Error(`larger than ${LARGEST / 1024} KiB`);
    if ((stat.mode & 0o022) !== 0) throw new Error("others can write it");
    table = parseToml(readFileSync(path, "utf8"));
  } catch (error) {
    throw wrong((error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "");
  }
  const parsed = AgentRules.safeParse({ ...table, agent: basename(path, ENDING) });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const key = [...(issue?.path ?? []), ...(issue?.code === "unrecognized_keys" ? [issue.keys[0]] : [])].join(".");
  throw wrong(`${key}: ${issue?.code === "unrecognized_keys" ? "this key is not known" : (issue?.message ?? "not what was expected")}`);
}
