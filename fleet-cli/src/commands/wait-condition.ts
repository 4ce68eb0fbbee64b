// `--for WHAT`, and patterns between slashes.
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import { WAIT_STATES, type WaitCondition } from "../client/index.ts";
import type { Reader } from "./flags.ts";

export const condition: Reader<WaitCondition> = (given, flag) => {
  const state = WAIT_STATES.find((one) => one === given);
  if (state !== undefined) return { kind: state };
  const [, source, flags] = /^\/(.+)\/([imsu]*)$/s.exec(given) ?? [];
  if (source === undefined) throw new FleetError("usage", `${flag} '${printable(given)}' is none of ${WAIT_STATES.join(", ")}, /regex/`);
  try {
    return { kind: "regex", pattern: new RegExp(source, flags) };
  } catch (error) {
    throw new FleetError("usage", `${flag}: ${(error as Error).message}`);
  }
};

/** `/regex/`. */
export const slashed: Reader<RegExp> = (given, flag) => {
  const read = condition(given, flag);
  if (read.kind === "regex") return read.pattern;
  throw new FleetError("usage", `${flag} '${given}' is no pattern`, { hint: "a pattern stands between slashes: '/done/'" });
};
