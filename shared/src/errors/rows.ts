import type * as z from "zod/mini";
import type { ErrorCode } from "./codes.ts";
import { FleetError } from "./fleet-error.ts";
import { parseOr } from "./parse.ts";

export interface Rows<T> {
  readonly data: T;
  /** For each element of a list that can't be read and was left out: which one, and what is wrong with it. */
  readonly left: readonly string[];
}

/**
 * Parses what a peer of another version says: an element of a list that can't be read (a state that is not known here) is left
 * out, and the others are there.
 * @throws FleetError with the given code when something outside of any list is wrong
 */
export function parseRows<S extends z.ZodMiniType>(schema: S, value: unknown, what: string, code: ErrorCode = "bad-input"): Rows<z.output<S>> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { data: parsed.data, left: [] };
  const left = new Map<string, string>();
  let rest = value;
  for (const { path, message } of parsed.error.issues.toReversed()) {
    const at = path.findIndex((part) => typeof part === "number");
    if (at < 0) return { data: parseOr(schema, value, what, code), left: [] };
    const row = path.slice(0, at + 1);
    left.set(row.join("."), `${nameOf(value, row)}: ${path.slice(at + 1).join(".") || "it"}: ${message}`);
    rest = without(rest, row);
  }
  // Something else may be wrong with what is left: then nothing of it is believed.
  const again = schema.safeParse(compact(rest));
  if (!again.success) throw new FleetError(code, `${what}: ${again.error.issues[0]?.message ?? "not what was expected"}`);
  return { data: again.data, left: [...left.values()].toReversed() };
}

const HOLE = Symbol("left out");
type Path = readonly PropertyKey[];

/** A copy in which the place is a hole. */
function without(value: unknown, [first, ...more]: Path): unknown {
  if (first === undefined || value === HOLE) return HOLE;
  if (Array.isArray(value)) return value.map((each: unknown, at) => (at === first ? without(each, more) : each));
  return { ...(value as object), [first]: without((value as Record<PropertyKey, unknown>)[first], more) };
}

/** A copy in which no list has holes. */
function compact(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((each) => each !== HOLE).map(compact);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, compact(each)]));
}

/** What the element calls itself. */
function nameOf(value: unknown, path: Path): string {
  const element = path.reduce<unknown>((at, part) => (at as Record<PropertyKey, unknown>)[part], value) as Record<string, unknown> | null;
  const name = element?.["target"] ?? element?.["name"];
  return typeof name === "string" ? name : path.join(".");
}
