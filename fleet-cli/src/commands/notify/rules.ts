// The rules of this person's config.toml.
import { resolve } from "node:path";
import { expandTilde } from "@fleetwire/shared/config";
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import { readRules, type Rule } from "@fleetwire/shared/notify";
import type { Settings } from "../../config/index.ts";

/** @throws FleetError `bad-config`, `unsafe-permissions` */
export function rulesOf({ notify, paths, home }: Settings): Rule[] {
  return readRules(notify, (text) => resolve(paths.config, expandTilde(text, home)));
}

/** @throws FleetError `bad-config` when there is no such rule */
export function ruleNamed(settings: Settings, name: string): Rule {
  const rules = rulesOf(settings);
  const rule = rules.find((one) => one.name === name);
  if (rule !== undefined) return rule;
  throw new FleetError("bad-config", `${settings.paths.configFile} has no [[notify]] rule '${printable(name)}'`, { hint: rules.length === 0 ? "docs/events.md shows how to write one" : `there are: ${rules.map((one) => one.name).join(", ")}` });
}

/** Where whoever tells keeps what is still to be told. */
export const directoryOf = ({ paths }: Settings, by: Rule["by"]): string => `${paths.state}/notify/${by}`;
