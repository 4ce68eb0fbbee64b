// Help is made from what the commands declare; nothing in it is written twice.
import { isGroup, listed, type ArgSpec, type CommandSpec, type CommandTable, type Outcome } from "./command.ts";
import { entryAt } from "./find.ts";
import type { Flag, Flags } from "./flags.ts";
import { GLOBAL_FLAGS } from "./globals.ts";

/** Help for all commands (an empty path), a noun, or one command. */
export async function helpOf(table: CommandTable, path: readonly string[]): Promise<Outcome> {
  const entry = entryAt(table, path);
  if (entry === undefined) return { json: documentOf(table), text: overview(table) };
  if (isGroup(entry)) return { json: documentOf(entry.commands), text: `fleet ${path.join(" ")}: ${entry.purpose}\n\n${contents(entry.commands, path)}` };
  const { default: spec } = await entry.load();
  return {
    json: { command: path.join(" "), purpose: entry.purpose, usage: usageOf(path, spec), args: spec.args, flags: Object.fromEntries(Object.entries(spec.flags as Flags).map(([name, flag]) => [name, flag.help])), examples: spec.examples },
    text: commandHelp(path, entry.purpose, spec),
  };
}

function overview(table: CommandTable): string {
  return [
    "fleet: run and steer long-lived terminal programs on many machines",
    "",
    contents(table, []),
    "",
    "every command takes",
    flagLines(GLOBAL_FLAGS),
    "",
    "A target is node:id, node:name, or just the id or name for this machine. 'fleet help COMMAND' says more.",
  ].join("\n");
}

function contents(table: CommandTable, path: readonly string[]): string {
  const rows = listed(table).map(([name, entry]) => [[...path, isGroup(entry) ? `${name} …` : name].join(" "), isGroup(entry) ? `${entry.purpose}: ${listed(entry.commands).map(([verb]) => verb).join(", ")}` : entry.purpose] as const);
  return columns(rows);
}

function documentOf(table: CommandTable): unknown {
  return Object.fromEntries(listed(table).map(([name, entry]) => [name, isGroup(entry) ? documentOf(entry.commands) : entry.purpose]));
}

function commandHelp(path: readonly string[], purpose: string, spec: CommandSpec): string {
  const flags = Object.keys(spec.flags).length === 0 ? [] : ["", "flags", flagLines(spec.flags)];
  const args = spec.args.length === 0 ? [] : ["", "arguments", columns(spec.args.map(({ name, help }) => [name, help]))];
  return [`${usageOf(path, spec)}\n\n${purpose}`, ...(spec.notes === undefined ? [] : [spec.notes]), ...args, ...flags, "", "examples", ...spec.examples.map((example) => `  ${example}`), "", "and what every command takes: 'fleet help'"].join("\n");
}

function usageOf(path: readonly string[], spec: CommandSpec): string {
  const flags = Object.keys(spec.flags).length === 0 ? [] : ["[flags]"];
  return ["usage: fleet", ...path, ...spec.args.map(argUsage), ...flags, ...(spec.rest === undefined ? [] : [`-- ${spec.rest}`])].join(" ");
}

function argUsage({ name, required, many }: ArgSpec): string {
  const text = many === true ? `${name}…` : name;
  return required ? text : `[${text}]`;
}

function flagLines(flags: Flags): string {
  return columns(Object.entries(flags).map(([name, flag]) => [flagUsage(name, flag), flag.kind === "values" && flag.greedy !== true ? `${flag.help} (repeatable)` : flag.help]));
}

function flagUsage(name: string, flag: Flag): string {
  return `${flag.short === undefined ? "" : `-${flag.short}, `}--${name}${flag.kind === "switch" ? "" : ` ${flag.placeholder}`}`;
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`).join("\n");
}
