import { ConfigFile } from "@fleetwire/shared/config";
import { FleetError } from "@fleetwire/shared/errors";
import { describeIssue } from "./issue.ts";
import { readToml } from "./toml.ts";

/** `config.toml`. @throws FleetError `bad-config` naming the file and the key */
export function readConfigFile(path: string): ConfigFile {
  const parsed = ConfigFile.safeParse(readToml(path));
  if (!parsed.success) throw new FleetError("bad-config", `${path}: ${describeIssue(parsed.error.issues[0])}`);
  return parsed.data;
}
