// What could stand where the cursor is. Asked by the shell on each Tab: quick, never starting anything, never complaining.
import { existsSync } from "node:fs";
import { isGroup, listed, type CommandSpec, type Context, type Offer } from "../command.ts";
import { entryAt } from "../find.ts";
import type { Flag, Flags } from "../flags.ts";
import { GLOBAL_FLAGS } from "../globals.ts";
import { COMMANDS } from "../table.ts";

export interface Candidate {
  readonly word: string;
  readonly about: string;
}

/** What to offer, and whether the shell adds its own file names. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly files: "none" | "files" | "directories";
}

const NOTHING: Completion = { candidates: [], files: "none" };

/** @param words after `fleet`, up to and with the one at the cursor (which may be empty) */
export async function complete(context: Context, words: readonly string[]): Promise<Completion> {
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  if (before.includes("--")) return { candidates: [], files: "files" };
  const path = pathOf(before);
  const found = entryAt(COMMANDS, path);
  // A noun's flags are those of the verb that it means by itself.
  const implied = found !== undefined && isGroup(found) && words.some((word) => word.startsWith("--")) ? found.default : undefined;
  const entry = implied === undefined ? found : entryAt(COMMANDS, [...path, implied]);
  if (entry === undefined || isGroup(entry)) {
    const table = entry === undefined ? COMMANDS : entry.commands;
    const names = listed(table).map(([word, { purpose }]) => ({ word, about: purpose }));
    return offered(current.startsWith("-") ? flagNames(GLOBAL_FLAGS) : names, current);
  }
  const { default: spec } = await entry.load();
  // A command's own come first, and count where a global one has the same name.
  const flags: Flags = { ...spec.flags, ...GLOBAL_FLAGS, ...spec.flags };
  const [, name, value] = /^--([a-z-]+)=(.*)$/.exec(current) ?? [];
  if (name !== undefined) {
    const { candidates } = await valuesOf(context, Object.hasOwn(flags, name) ? flags[name] : undefined, value ?? "");
    return { candidates: candidates.map(({ word, about }) => ({ word: `--${name}=${word}`, about })), files: "none" };
  }
  const last = before.at(-1) ?? "";
  const pending = last.startsWith("--") && Object.hasOwn(flags, last.slice(2)) ? flags[last.slice(2)] : undefined;
  if (pending !== undefined && pending.kind !== "switch") return valuesOf(context, pending, current);
  if (current.startsWith("-")) return offered(flagNames(flags), current);
  return argument(context, spec, positionals(before, flags).length - path.length, current);
}

function pathOf(before: readonly string[]): string[] {
  const path: string[] = [];
  for (const word of positionals(before, GLOBAL_FLAGS)) {
    const entry = entryAt(COMMANDS, [...path, word]);
    if (entry === undefined) break;
    path.push(word);
    if (!isGroup(entry)) break;
  }
  return path;
}

/** Words that are neither flags nor their values. */
function positionals(words: readonly string[], flags: Flags): string[] {
  return words.filter((word, at) => {
    const last = words[at - 1] ?? "";
    const flag = last.startsWith("--") && Object.hasOwn(flags, last.slice(2)) ? flags[last.slice(2)] : undefined;
    return !word.startsWith("-") && (flag === undefined || flag.kind === "switch");
  });
}

async function argument(context: Context, spec: CommandSpec, index: number, current: string): Promise<Completion> {
  const arg = spec.args[Math.min(index, spec.args.length - 1)];
  if (arg === undefined || (index >= spec.args.length && arg.many !== true)) return spec.rest === undefined ? NOTHING : offered([{ word: "--", about: "the command to run follows" }], current);
  return arg.offers === undefined ? NOTHING : offers(context, arg.offers, current);
}

function valuesOf(context: Context, flag: Flag | undefined, current: string): Promise<Completion> {
  return flag === undefined || flag.kind === "switch" || flag.offers === undefined ? Promise.resolve(NOTHING) : offers(context, flag.offers, current);
}

async function offers(context: Context, offer: Offer, current: string): Promise<Completion> {
  if (offer === "files" || offer === "directories") return { candidates: [], files: offer };
  if (typeof offer !== "string") return offered(offer.map((word) => ({ word, about: "" })), current);
  return offered(await live(context, offer), current);
}

/** Names that are known without starting or waiting for anything. */
async function live({ client, settings }: Context, offer: "targets" | "running" | "nodes" | "servers"): Promise<Candidate[]> {
  if (offer === "servers") {
    const { readServers } = await import("../../config/index.ts");
    return Object.entries(await readServers(settings.paths.servers)).map(([word, { url }]) => ({ word, about: url }));
  }
  // Listing asks the node, and asking would start it.
  if (settings.server === undefined && !existsSync(settings.paths.callerCredentials) && settings.nats === undefined && (await client.peek()) === undefined) return [];
  if (offer === "nodes") return (await client.nodes()).nodes.map(({ name, state }) => ({ word: name, about: state }));
  const { commandText } = await import("../../ui/index.ts");
  const { sessions } = await client.sessions(offer === "running" ? { filter: { states: ["starting", "running"] } } : {});
  return sessions.flatMap(({ target, name, state, command }) => {
    const about = `${state}: ${commandText(command)}`;
    return [{ word: target, about }, ...(name === null ? [] : [{ word: name, about: `${target} ${about}` }])];
  });
}

function flagNames(flags: Flags): Candidate[] {
  return Object.entries(flags).map(([name, { help }]) => ({ word: `--${name}`, about: help }));
}

function offered(candidates: readonly Candidate[], current: string): Completion {
  return { candidates: candidates.filter(({ word }) => word.startsWith(current)), files: "none" };
}
