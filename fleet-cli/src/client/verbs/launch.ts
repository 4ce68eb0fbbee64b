// A session on a node that is known, or on the first of those that fit: the same for a command and for a program.
import { isAbsolute, resolve } from "node:path";
import { sessionLaunch, type RawInputOf } from "@fleetwire/shared/bus";
import { DEFAULT_SIZE, type RestartPolicy, type SessionRecord } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import type { SessionName, Tag } from "@fleetwire/shared/ids";
import type { PlaceWish } from "@fleetwire/shared/placement";
import type { Settings } from "../../config/index.ts";
import type { CallOptions, FleetClient, Place } from "../types.ts";
import { firstTaker } from "./first-taker.ts";

export interface LaunchSpec {
  readonly command: readonly string[];
  /** Relative to the caller's on this machine; on another it is absolute or begins with `~/`. */
  readonly dir?: string;
  readonly name?: SessionName;
  readonly tags?: readonly Tag[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cols?: number;
  readonly rows?: number;
  readonly restart?: RestartPolicy;
  readonly restartCommand?: readonly string[];
  /** Of the node; its GPUs are asked for wherever it goes. */
  readonly wish: PlaceWish;
}

/** Who launches: only a session of the same machine gets the caller's directory and environment. */
export type Launcher = Pick<Settings, "cwd" | "callerEnv">;

export interface Launched {
  readonly session: SessionRecord;
  readonly place: Place;
}

/** @param fixed where it goes; undefined when a node has to be found. @throws FleetError `usage`, `no-fitting-node`, `no-free-gpu`, or what the node says */
export async function launch(client: FleetClient, fixed: Place | undefined, spec: LaunchSpec, launcher: Launcher, options?: CallOptions): Promise<Launched> {
  if (fixed !== undefined) return launchAt(client, fixed, spec, launcher, options);
  return (await firstTaker(client, spec.wish, (place) => launchAt(client, place, spec, launcher, options))).answer;
}

/** @throws FleetError `usage`, or what the node says */
export async function launchAt(client: Pick<FleetClient, "call">, place: Place, spec: LaunchSpec, launcher: Launcher, options?: CallOptions): Promise<Launched> {
  return { session: await client.call(sessionLaunch, inputOf(place, spec, launcher), place, options), place };
}

/** Says something that a node can have or not. */
export function wishesForNode({ where, cpus, memoryBytes }: PlaceWish): boolean {
  return where.length > 0 || cpus !== undefined || memoryBytes !== undefined;
}

function inputOf(place: Place, spec: LaunchSpec, launcher: Launcher): RawInputOf<typeof sessionLaunch> {
  const { command, name, tags = [], env = {}, cols, rows, restart, restartCommand, wish } = spec;
  return {
    command: [...command],
    cwd: directoryAt(place, spec.dir, launcher.cwd),
    name,
    tags: [...tags],
    env,
    ...(place.kind === "local" ? { callerEnv: launcher.callerEnv() } : {}),
    ...(cols === undefined && rows === undefined ? {} : { size: { cols: cols ?? DEFAULT_SIZE.cols, rows: rows ?? DEFAULT_SIZE.rows } }),
    restart,
    ...(restartCommand === undefined ? {} : { restartCommand: [...restartCommand] }),
    gpus: wish.gpus,
  };
}

/** A relative directory is the caller's; another machine doesn't know where the caller is. */
function directoryAt(place: Place, dir: string | undefined, here: string): string | undefined {
  const ofNode = dir !== undefined && (isAbsolute(dir) || dir === "~" || dir.startsWith("~/"));
  if (place.kind === "local") return dir === undefined ? here : ofNode ? dir : resolve(here, dir);
  if (dir !== undefined && !ofNode) throw new FleetError("usage", `the directory '${dir}' is relative to one of this machine, and the session runs on another`, { hint: "give an absolute path of that node, or one that begins with ~/" });
  return dir;
}
