// A command declares what it takes and answers with data; what is shown of it is printed in one place.
import type { FleetClient } from "../client/index.ts";
import type { Settings } from "../config/index.ts";
import type { Output } from "../ui/index.ts";
import type { Flags, FlagValues } from "./flags.ts";
import type { Globals } from "./globals.ts";

/** What completion can offer for a word. */
export type Offer = "targets" | "running" | "nodes" | "servers" | "files" | "directories" | readonly string[];

export interface ArgSpec {
  readonly name: string;
  readonly help: string;
  readonly required: boolean;
  /** Not required when one of these flags is given. */
  readonly unless?: readonly string[];
  /** The last one may stand any number of times. */
  readonly many?: boolean;
  readonly offers?: Offer;
}

/** What a command answers: the document of `--json`, the text for people, the ids of `--quiet`, and the exit code (0 unless said). Only one form is read: those of long lists are getters. */
export interface Outcome {
  readonly json?: unknown;
  readonly text?: string;
  readonly quiet?: string;
  readonly exit?: number;
}

export interface Context {
  readonly settings: Settings;
  readonly globals: Globals;
  readonly client: FleetClient;
  readonly output: Output;
  readonly process: Process;
}

/** What a command line needs of the process it runs in. */
export interface Process {
  readonly argv: readonly string[];
  /** Made when they are first needed: opening a stream costs start-up time. */
  readonly stdin: () => NodeJS.ReadStream;
  readonly stdout: () => NodeJS.WriteStream;
  readonly stderr: () => NodeJS.WriteStream;
  readonly interrupt: Interrupt;
  /** Nobody reads stdout any more: the process ends. */
  readonly onClosed: () => void;
}

/** A command that has to tidy up after Ctrl-C says so; otherwise the process ends at once. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** 130 for Ctrl-C, 143 for SIGTERM; undefined while nobody interrupted. */
  readonly exitCode: number | undefined;
  /** From now on the command reacts to the signal itself. */
  claim(): void;
  /** The default again. */
  release(): void;
}

export interface Invocation<F extends Flags> extends Context {
  readonly args: readonly string[];
  /** What stood after `--`; undefined without it. */
  readonly rest: readonly string[] | undefined;
  readonly flags: FlagValues<F>;
}

export interface CommandSpec<F extends Flags = Flags> {
  readonly args: readonly ArgSpec[];
  /** What stands after `--`, when the command takes that. */
  readonly rest?: string;
  readonly flags: F;
  readonly examples: readonly string[];
  /** More for people who read the help: a few lines. */
  readonly notes?: string;
  run(invocation: Invocation<F>): Promise<Outcome>;
}

export function defineCommand<const F extends Flags>(spec: CommandSpec<F>): CommandSpec<F> {
  return spec;
}

export const TARGET: ArgSpec = { name: "TARGET", help: "a session: node:id, node:name, id or name", required: true, offers: "targets" };
export const RUNNING: ArgSpec = { ...TARGET, offers: "running" };
export const TARGETS: ArgSpec = { ...TARGET, many: true };
export const NODE: ArgSpec = { name: "NODE", help: "a node's name", required: true, offers: "nodes" };

/** A line of the contents page: loaded when it is used. */
export interface CommandEntry {
  readonly purpose: string;
  /** For other programs: not in the lists. */
  readonly hidden?: boolean;
  // eslint-disable-next-line typescript/no-explicit-any -- each command has flags of its own
  readonly load: () => Promise<{ readonly default: CommandSpec<any> }>;
}
export interface CommandGroup {
  readonly purpose: string;
  readonly commands: CommandTable;
  /** What is meant when a flag that isn't everybody's follows the noun: `fleet hub token --role node` creates one. */
  readonly default?: string;
}
export interface CommandTable {
  readonly [name: string]: CommandEntry | CommandGroup;
}
/** Those that people type. */
export const listed = (table: CommandTable): [string, CommandEntry | CommandGroup][] => Object.entries(table).filter(([, entry]) => isGroup(entry) || entry.hidden !== true);

export const isGroup = (entry: CommandEntry | CommandGroup): entry is CommandGroup => "commands" in entry;
