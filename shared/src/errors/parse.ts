import type * as z from "zod/mini";
import type { ErrorCode } from "./codes.ts";
import { FleetError } from "./fleet-error.ts";

/**
 * Parses at a border: the value, or one error that names the first field that is wrong.
 * @throws FleetError with the given code (default `bad-input`)
 */
export function parseOr<S extends z.ZodMiniType>(schema: S, value: unknown, what: string, code: ErrorCode = "bad-input"): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.length ? `${what}.${issue.path.join(".")}` : what;
  throw new FleetError(code, `${path}: ${issue?.message ?? "not what was expected"}`);
}

/** JSON text to a value. @throws FleetError with the given code when it isn't JSON */
export function parseJson(text: string, what: string, code: ErrorCode = "bad-input"): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FleetError(code, `${what} is not JSON`);
  }
}
