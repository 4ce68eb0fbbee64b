// From words to a command: the words of a command line before its flags mean anything.
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import { isGroup, type CommandEntry, type CommandGroup, type CommandTable } from "./command.ts";
import type { Flags } from "./flags.ts";
import { nearest } from "./nearest.ts";

export interface Found {
  /** e.g. `["node", "label"]`; empty when no command was named. */
  readonly path: readonly string[];
  /** Undefined when no command was named. */
  readonly entry: CommandEntry | CommandGroup | undefined;
  /** The other words, in their order. */
  readonly words: readonly string[];
}

/** @param flags those that may stand before the command's name. @throws FleetError `command-not-found` (127) with the nearest name */
export function findCommand(argv: readonly string[], table: CommandTable, flags: Flags): Found {
  const path: string[] = [];
  const words: string[] = [];
  let commands: CommandTable = table;
  let implied: string | undefined;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string;
    if (word === "--") return { path, entry: entryAt(table, path), words: [...words, ...argv.slice(at)] };
    if (implied !== undefined && word.startsWith("--") && !Object.hasOwn(flags, word.slice(2).split("=")[0] as string)) {
      const chosen = [...path, implied];
      return { path: chosen, entry: entryAt(table, chosen), words: [...words, ...argv.slice(at)] };
    }
    words.push(word);
    if (word.startsWith("-") && word !== "-") {
      if (takesNext(word, flags) && at + 1 < argv.length) words.push(argv[++at] as string);
      continue;
    }
    words.pop();
    const entry = Object.hasOwn(commands, word) ? commands[word] : undefined;
    if (entry === undefined) throw unknown(word, path, commands);
    path.push(word);
    if (!isGroup(entry)) return { path, entry, words: [...words, ...argv.slice(at + 1)] };
    commands = entry.commands;
    implied = entry.default;
  }
  return { path, entry: entryAt(table, path), words };
}

function takesNext(word: string, flags: Flags): boolean {
  const flag = word.startsWith("--") && Object.hasOwn(flags, word.slice(2)) ? flags[word.slice(2)] : undefined;
  return flag !== undefined && flag.kind !== "switch";
}

export function entryAt(table: CommandTable, path: readonly string[]): CommandEntry | CommandGroup | undefined {
  let entry: CommandEntry | CommandGroup | undefined;
  let commands: CommandTable | undefined = table;
  for (const word of path) {
    entry = commands !== undefined && Object.hasOwn(commands, word) ? commands[word] : undefined;
    commands = entry !== undefined && isGroup(entry) ? entry.commands : undefined;
  }
  return entry;
}

function unknown(word: string, path: readonly string[], commands: CommandTable): FleetError {
  const before = path.length === 0 ? "" : `${path.join(" ")} `;
  const near = nearest(word, Object.keys(commands));
  return new FleetError("command-not-found", `'${before}${printable(word)}' is not a command`, { hint: near === undefined ? `'fleet help${path.length === 0 ? "" : ` ${path.join(" ")}`}' lists the commands` : `did you mean 'fleet ${before}${near}'?` });
}
