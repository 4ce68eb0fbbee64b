import { existsSync } from "node:fs";
import { FleetError } from "@fleetwire/shared/errors";
import type { Settings } from "../../config/index.ts";

/** Nothing is started to find out that there is no hub. @throws FleetError `hub-missing` */
export function needHub({ paths }: Settings): void {
  if (!existsSync(`${paths.state}/hub`)) throw new FleetError("hub-missing", "there is no hub on this machine");
}
