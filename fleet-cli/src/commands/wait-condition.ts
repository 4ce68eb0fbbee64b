// `--for WHAT`, and patterns between slashes.
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import { WAIT_STATES, type WaitCondition } from "../client/index.ts";
import type { Reader } from "./flags.ts";

const PATTERN = /^\/(.+)\/([imsu]*)$/s;

export const condition: Reader<WaitCondition> = (given, flag) => {
  const state = WAIT_STATES.find((one) => one === given);
  if (state !== undefined) return { kind: state };
  if (!PATTERN.test(given)) throw new FleetError("usage", `${flag} '${printable(given)}' is none of ${WAIT_STATES.join(", ")}, /regex/`);
  return { kind: "regex", pattern: pattern(given, flag) };
};

/** `/regex/`, with the flags i, m, s, u. */
export const pattern: Reader<RegExp> = (given, flag) => {
  const [, source, flags] = PATTERN.exec(given) ?? [];
  if (source === undefined) throw new FleetError("usage", `${flag} '${printable(given)}' is no pattern`, { hint: "a pattern stands between slashes: '/done/'" });
  try {
    return new RegExp(source, flags);
  } catch (error) {
    throw new FleetError("usage", `${flag}: ${(error as Error).message}`);
  }
};
