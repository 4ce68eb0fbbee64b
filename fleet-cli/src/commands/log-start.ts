// From where a person wants a session's output.
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import type { LogStart } from "@fleetwire/shared/wire";
import { time, type Reader } from "./flags.ts";

/** A time, or how long ago. @returns milliseconds since 1970 */
export const moment: Reader<number> = (given, flag) => {
  if (/^\d{4}-\d\d/.test(given) && !Number.isNaN(Date.parse(given))) return Date.parse(given);
  try {
    return Date.now() - time(given, flag);
  } catch {
    throw new FleetError("usage", `${flag} '${printable(given)}' is not a time`, { hint: "how long ago (90s, 10m, 2h, 7d), or a time like 2026-01-31T12:00:00Z" });
  }
};

export function logStart({ since, tail }: { readonly since?: number | undefined; readonly tail?: number | undefined }): LogStart {
  if (since !== undefined) return { sinceMs: since };
  return tail === undefined ? { beginning: true } : { tailLines: tail };
}
