// What the owner of this server lets a model do, beside what the credential's role allows anyway.
import { FleetError } from "@fleetwire/shared/errors";
import { printable, type Tag } from "@fleetwire/shared/ids";
import { matchesGlob } from "../client/index.ts";
import { matchesCommand } from "./command-pattern.ts";

/** An empty list is no limit, except of `env`. */
export interface Limits {
  /** Only tools that change nothing. */
  readonly readOnly: boolean;
  /** Tools by name. */
  readonly tools: readonly string[];
  /** Globs over nodes' names. */
  readonly nodes: readonly string[];
  /** Patterns of commands, see `matchesCommand`. */
  readonly commands: readonly string[];
  /** Globs over names of variables that a launch may set where commands are limited. */
  readonly env: readonly string[];
  /** Sessions have all of these; what is launched gets them. */
  readonly tags: readonly Tag[];
  /** Longest answer, characters. */
  readonly maxChars: number;
}

export const DEFAULT_MAX_CHARS = 32_000;

export const seesNode = ({ nodes }: Limits, name: string): boolean => nodes.length === 0 || nodes.some((glob) => matchesGlob(name, glob));

export const seesSession = (limits: Limits, { node, tags }: { readonly node: string; readonly tags: readonly string[] }): boolean => seesNode(limits, node) && limits.tags.every((tag) => tags.includes(tag));

/** @throws FleetError `denied` with what is allowed */
export function checkCommand({ commands }: Limits, argv: readonly string[]): void {
  if (commands.length === 0 || commands.some((pattern) => matchesCommand(argv, pattern))) return;
  throw new FleetError("denied", `the command '${printable(argv[0] ?? "")}' is not among those allowed here: ${commands.join(", ")}`, { hint: "launch one of these; whoever set up this server decides about others" });
}

/** A variable can change what a command is (`PATH`, `LD_PRELOAD`, `NODE_OPTIONS`…): where commands are limited, so are variables. */
export function checkEnv({ commands, env }: Limits, given: Readonly<Record<string, string>>): void {
  if (commands.length === 0) return;
  const refused = Object.keys(given).find((name) => !env.some((glob) => matchesGlob(name, glob)));
  if (refused === undefined) return;
  throw new FleetError("denied", `the variable ${printable(refused)} may not be set here; allowed: ${env.length === 0 ? "none" : env.join(", ")}`, { hint: "leave it out; whoever set up this server decides about others" });
}
