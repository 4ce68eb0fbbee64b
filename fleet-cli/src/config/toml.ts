// The parser of TOML, loaded only when there is a file of it: most commands never see one.
import { readFileSync } from "node:fs";
import { FleetError } from "@fleetwire/shared/errors";
import { parse } from "smol-toml";

export { stringify } from "smol-toml";

/** @throws FleetError `bad-config` naming the file and the line */
export function readToml(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new FleetError("bad-config", `${path} can't be read: ${(error as Error).message}`);
  }
  try {
    return parse(text);
  } catch (error) {
    const line = (error as { line?: number }).line;
    throw new FleetError("bad-config", `${path}${line === undefined ? "" : ` line ${line}`}: ${(error as Error).message.split("\n")[0] ?? "not TOML"}`);
  }
}
