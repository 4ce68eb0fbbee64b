// What a command declares about its flags, and how the text of one is read. Errors name the flag.
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import type * as z from "zod/mini";
import type { Offer } from "./command.ts";

/** @returns what the text means. @throws FleetError `usage`, `bad-name`, naming the flag */
export type Reader<T> = (text: string, flag: string) => T;

interface Documented {
  readonly help: string;
  readonly short?: string;
}
export interface Switch extends Documented {
  readonly kind: "switch";
}
export interface Value<T> extends Documented {
  readonly kind: "value";
  readonly placeholder: string;
  readonly read: Reader<T>;
  readonly offers?: Offer;
}
/** May be given several times. */
export interface Values<T> extends Documented {
  readonly kind: "values";
  readonly placeholder: string;
  readonly read: Reader<T>;
  /** Also takes the words that follow it, once all the command's arguments are there: `--keys Up Up Enter`. */
  readonly greedy?: boolean;
  readonly offers?: Offer;
}
// eslint-disable-next-line typescript/no-explicit-any -- a flag of whatever type; its own reader says which
export type Flag = Switch | Value<any> | Values<any>;
export type Flags = Readonly<Record<string, Flag>>;
export type FlagValues<F extends Flags> = { readonly [K in keyof F]: F[K] extends Switch ? boolean : F[K] extends Value<infer T> ? T | undefined : F[K] extends Values<infer T> ? readonly T[] : never };

interface FlagOptions {
  readonly short?: string;
  readonly offers?: Offer;
}

export const toggle = (help: string, short?: string): Switch => ({ kind: "switch", help, short });
export const value = <T>(placeholder: string, help: string, read: Reader<T>, options: FlagOptions = {}): Value<T> => ({ kind: "value", placeholder, help, read, ...options });
export const values = <T>(placeholder: string, help: string, read: Reader<T>, options: FlagOptions & { readonly greedy?: boolean } = {}): Values<T> => ({ kind: "values", placeholder, help, read, ...options });

export const text: Reader<string> = (given) => given;

/** Text that one of the shared schemas takes, e.g. a session's name. */
export function checked<S extends z.ZodMiniType<unknown, string>>(schema: S): Reader<z.output<S>> {
  return (given, flag) => {
    const parsed = schema.safeParse(given);
    if (parsed.success) return parsed.data;
    throw new FleetError("bad-name", `${flag} '${printable(given)}': ${parsed.error.issues[0]?.message ?? "not what was expected"}`);
  };
}

export function oneOf<const T extends string>(...words: readonly T[]): Reader<T> {
  return (given, flag) => {
    const found = words.find((word) => word === given);
    if (found === undefined) throw new FleetError("usage", `${flag} '${printable(given)}' is none of ${words.join(", ")}`);
    return found;
  };
}

export function whole(least: number, most: number): Reader<number> {
  return (given, flag) => {
    const number = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
    if (!(number >= least && number <= most)) throw new FleetError("usage", `${flag} '${printable(given)}' is not a whole number from ${least} to ${most}`);
    return number;
  };
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Seconds, or a number with a unit (`500ms`, `90s`, `10m`, `2h`, `7d`). @returns milliseconds */
export const time: Reader<number> = (given, flag) => {
  const [, number, unit = "s"] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)?$/.exec(given) ?? [];
  if (number === undefined) throw new FleetError("usage", `${flag} '${printable(given)}' is not a time`, { hint: "seconds, or 500ms, 90s, 10m, 2h, 7d" });
  return Math.round(Number(number) * (UNIT_MS[unit] ?? 1_000));
};

/** Time between TERM and KILL. @returns milliseconds, at most a minute */
export const grace: Reader<number> = (given, flag) => {
  const ms = time(given, flag);
  if (ms > 60_000) throw new FleetError("usage", `${flag} '${printable(given)}' is more than a minute`);
  return ms;
};

const UNIT_BYTES: Readonly<Record<string, number>> = { "": 1, "K": 2 ** 10, "M": 2 ** 20, "G": 2 ** 30, "T": 2 ** 40 };

/** Bytes, or a number with a unit (`500M`, `2GB`). */
export const size: Reader<number> = (given, flag) => {
  const [, number, unit = ""] = /^(\d{1,15}(?:\.\d{1,3})?)([KMGT]?)B?$/i.exec(given) ?? [];
  if (number === undefined) throw new FleetError("usage", `${flag} '${printable(given)}' is not a size`, { hint: "bytes, or 500M, 2GB" });
  return Math.round(Number(number) * (UNIT_BYTES[unit.toUpperCase()] ?? 1));
};

/** `K=V`. */
export const pair: Reader<readonly [string, string]> = (given, flag) => {
  const at = given.indexOf("=");
  if (at < 1) throw new FleetError("usage", `${flag} '${printable(given)}' is not KEY=VALUE`);
  return [given.slice(0, at), given.slice(at + 1)];
};
