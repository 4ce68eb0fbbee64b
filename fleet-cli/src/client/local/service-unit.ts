import { readFileSync } from "node:fs";
import { ServiceMarker } from "@fleetwire/shared/config";

export interface ServiceUnit {
  readonly name: string;
  /** Of systemctl: whose manager has it. */
  readonly flags: readonly string[];
}

/** The unit that this home's node agent is; undefined when no service manager starts it. */
export function serviceUnit(stateDir: string): ServiceUnit | undefined {
  let text: string;
  try {
    text = readFileSync(`${stateDir}/service.json`, "utf8");
  } catch {
    return undefined;
  }
  const { node, scope } = parsed(text) ?? {};
  return node === undefined ? undefined : { name: node, flags: scope === "user" ? ["--user"] : [] };
}

function parsed(text: string): ServiceMarker | undefined {
  try {
    return ServiceMarker.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
