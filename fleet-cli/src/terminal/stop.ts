import { printable } from "@fleetwire/shared/ids";
import type { FleetError } from "@fleetwire/shared/errors";
import type { AttachResult } from "./types.ts";

/** Why an attach is over, with what the person should know about it. */
export interface Stop {
  readonly result: Omit<AttachResult, "target">;
  /** Keys typed after the detach chord, in the same moment. */
  readonly unsent?: number;
  readonly signal?: string;
  readonly error?: FleetError;
  /** Output bytes that were never shown, because this terminal was too slow for them. */
  readonly skipped?: number;
}

/** One line for the person, and one more when they have not seen everything. */
export function describeStop(stop: Stop, target: string): string {
  const { skipped = 0 } = stop;
  if (skipped === 0) return describeReason(stop, target);
  return `${describeReason(stop, target)}\n[${skipped} bytes of output went by too fast for this terminal; 'fleet logs ${target}' has them]`;
}

function describeReason({ result, unsent = 0, signal, error }: Stop, target: string): string {
  switch (result.reason) {
    case "detached":
      return `[detached from ${target}${unsent === 0 ? "" : `; ${unsent} ${unsent === 1 ? "key" : "keys"} typed after that went nowhere`}]`;
    case "signal":
      return `[detached from ${target} by ${signal}]`;
    case "lost":
      return `[lost ${target}: ${printable(error?.message ?? "the connection was cut")}; ${error?.hint ?? "the session goes on"}]`;
    case "exited":
      return `[${target} ${describeEnd(result)}]`;
  }
}

function describeEnd({ state, exit }: Stop["result"]): string {
  if (exit?.signal !== undefined) return `killed by ${exit.signal}`;
  if (exit?.code !== undefined) return `exited with ${exit.code}`;
  return `${state ?? "ended"}${exit?.reason === undefined ? "" : `: ${printable(exit.reason)}`}`;
}
