// What a program says of a session it wants, and where that is to run.
import type { GpuWish, RestartPolicy } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { parseCondition, type PlaceWish } from "@fleetwire/shared/placement";
import type { FleetClient, Place } from "../types.ts";
import { wishesForNode, type LaunchSpec } from "../verbs/launch.ts";
import type { Waiting } from "./abort.ts";
import { listOf, nodeName, sessionName, tagsOf } from "./given.ts";

/** What is wanted of a node. */
export interface NodeWish {
  /** Conditions, all of which hold: `zone=eu`, `zone!=eu`, `ssd`, `!ssd`, `cpus>=8`, `memory>=16G`, `arch=x64`, `os=linux`. */
  readonly where?: string | readonly string[];
  /** Processors it has, at least. */
  readonly cpus?: number;
  /** Free memory, bytes. */
  readonly memoryBytes?: number;
  /** GPUs that are the session's own while it runs: how many, or how many of which memory (bytes, of each) and model. */
  readonly gpus?: number | GpuWish;
}

export interface LaunchOptions extends NodeWish, Waiting {
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly string[];
  /** The node to run on. Default: this machine's; with a wish, the node that fits best. */
  readonly on?: string;
  /** Unique on its node. */
  readonly name?: string;
  readonly tags?: readonly string[];
  /** Variables of its environment, over those it has anyway: on this machine this process's own, elsewhere the node's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Working directory. Default: this process's, on another node its home. There a path is absolute or begins with `~/`. */
  readonly dir?: string;
  /** Columns and rows of its terminal. Default 120 × 40. */
  readonly size?: { readonly cols: number; readonly rows: number };
  readonly restart?: RestartPolicy;
  /** What a restart runs instead of `command`. */
  readonly restartCommand?: readonly string[];
}

/** @throws FleetError `bad-name`, `usage` for a condition that is none */
export function specOf(options: LaunchOptions): LaunchSpec {
  const { command, name, tags, env, dir, size, restart, restartCommand } = options;
  if (command.length === 0) throw new FleetError("bad-input", "the command to run is missing", { hint: "e.g. command: ['bash', '-c', 'make test']" });
  return { command, dir, name: name === undefined ? undefined : sessionName(name), tags: tagsOf(tags), env, ...size, restart, restartCommand, wish: wishOf(options) };
}

/** @throws FleetError `usage` */
export function wishOf({ where, cpus, memoryBytes, gpus }: NodeWish): PlaceWish {
  return {
    where: (listOf(where) ?? []).map(parseCondition),
    ...(cpus === undefined ? {} : { cpus }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(gpus === undefined || gpus === 0 ? {} : { gpus: typeof gpus === "number" ? { count: gpus } : gpus }),
  };
}

/** Where it goes whatever else is wished; undefined when a node has to be found. @throws FleetError `unknown-node`, `bad-input` */
export async function fixedPlace(client: FleetClient, home: Place, { on }: Pick<LaunchOptions, "on">, wish: PlaceWish): Promise<Place | undefined> {
  if (on !== undefined && wishesForNode(wish)) throw new FleetError("bad-input", "'on' names the node; 'where', 'cpus' and 'memoryBytes' look for one");
  if (on !== undefined) return client.node(nodeName(on));
  return wishesForNode(wish) || wish.gpus !== undefined ? undefined : home;
}
