// The command line: which command, and what it was given. Nothing has happened yet when this throws.
import { parseArgs } from "node:util";
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import type { ArgSpec } from "./command.ts";
import type { Flag, Flags, FlagValues } from "./flags.ts";
import { nearest } from "./nearest.ts";

export interface Parsed<F extends Flags> {
  readonly args: readonly string[];
  /** Everything after `--`; undefined without it. */
  readonly rest: readonly string[] | undefined;
  readonly flags: FlagValues<F>;
}

export interface Takes<F extends Flags> {
  readonly args: readonly ArgSpec[];
  readonly flags: F;
  readonly rest?: string;
}

/** @throws FleetError `usage` naming the flag or the argument */
export function parseWords<F extends Flags>(words: readonly string[], takes: Takes<F>): Parsed<F> {
  const end = words.indexOf("--");
  const { tokens } = parseArgs({ args: [...(end < 0 ? words : words.slice(0, end))], options: optionsOf(takes.flags), strict: false, allowPositionals: true, tokens: true });
  const given = new Set(tokens.map((token) => (token.kind === "option" ? token.name : "")));
  const needed = takes.args.filter((arg) => arg.required && !arg.unless?.some((flag) => given.has(flag)));
  const required = needed.length;
  const found: Record<string, unknown> = Object.fromEntries(Object.entries(takes.flags).map(([name, flag]) => [name, flag.kind === "switch" ? false : flag.kind === "values" ? [] : undefined]));
  const args: string[] = [];
  let greedy: ((word: string) => void) | undefined;
  for (const token of tokens) {
    if (token.kind === "positional") {
      if (greedy !== undefined && args.length >= required) greedy(token.value);
      else args.push(token.value);
    } else if (token.kind === "option") {
      const flag = Object.hasOwn(takes.flags, token.name) ? takes.flags[token.name] : undefined;
      if (flag === undefined) throw unknownFlag(token.rawName, takes.flags);
      const add = (word: string) => (found[token.name] = store(flag, found[token.name], word, token.rawName));
      greedy = flag.kind === "values" && flag.greedy === true ? add : undefined;
      if (flag.kind === "switch") found[token.name] = readSwitch(token.rawName, token.value);
      else if (token.value === undefined) throw new FleetError("usage", `${token.rawName} wants a value: ${token.rawName} ${flag.placeholder}`);
      else add(token.value);
    }
  }
  const rest = end < 0 ? undefined : words.slice(end + 1);
  const all = takes.rest !== undefined || rest === undefined ? args : [...args, ...rest];
  if (found["help"] !== true) checkCount(all, takes, needed);
  return { args: all, rest: takes.rest === undefined ? undefined : rest, flags: found as FlagValues<F> };
}

function optionsOf(flags: Flags): Record<string, { type: "boolean" | "string"; short?: string }> {
  return Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, { type: flag.kind === "switch" ? "boolean" : "string", ...(flag.short === undefined ? {} : { short: flag.short }) }]));
}

function readSwitch(name: string, given: string | undefined): true {
  if (given !== undefined) throw new FleetError("usage", `${name} takes no value`);
  return true;
}

function store(flag: Flag, before: unknown, word: string, name: string): unknown {
  if (flag.kind === "switch") return true;
  const read: unknown = flag.read(word, name);
  return flag.kind === "values" ? [...(before as unknown[]), read] : read;
}

/** Other users can read a command line: a secret is refused there, not only unknown. */
function unknownFlag(name: string, flags: Flags): FleetError {
  if (name === "--token" || name === "--password") return new FleetError("usage", `${name} is not taken: other users can read a command line`, { hint: "use --token-file FILE or FLEET_TOKEN" });
  const near = nearest(name.replace(/^-+/, ""), Object.keys(flags));
  return new FleetError("usage", `unknown flag ${printable(name)}`, { hint: near === undefined ? "'--help' lists the flags; text that begins with '-' goes after '--'" : `did you mean --${near}?` });
}

function checkCount(args: readonly string[], { args: specs, rest }: Takes<Flags>, needed: readonly ArgSpec[]): void {
  const missing = needed[args.length];
  if (missing !== undefined) throw new FleetError("usage", `${missing.name} is missing: ${missing.help}`, missing.unless === undefined ? {} : { hint: `or select with ${missing.unless.map((flag) => `--${flag}`).join(", ")}` });
  const extra = args[specs.length];
  if (extra === undefined || specs.at(-1)?.many === true) return;
  throw new FleetError("usage", `'${printable(extra)}' is one argument too many`, rest === undefined ? {} : { hint: "the command to run comes after '--'" });
}
