// What `launch` and `run` share: where a session goes, and with what.
import { isAbsolute, resolve } from "node:path";
import { sessionLaunch } from "@fleetwire/shared/bus";
import { DEFAULT_SIZE, type SessionRecord } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { NodeName, SessionName, Tag } from "@fleetwire/shared/ids";
import type { Place } from "../client/index.ts";
import { firstTaker } from "./bidding.ts";
import type { Invocation } from "./command.ts";
import { checked, oneOf, pair, text, value, values, whole } from "./flags.ts";
import { WISH_FLAGS, wishesForNode, wishOf } from "./wishes.ts";

export const LAUNCH_FLAGS = {
  "on": value("NODE", "the node to run on; default: this machine", checked(NodeName), { offers: "nodes" }),
  "name": value("NAME", "a name, unique on its node", checked(SessionName)),
  "tag": values("TAG", "a tag, for filters", checked(Tag)),
  "dir": value("DIR", "working directory; default: this one, on another node its home", text, { offers: "directories" }),
  "env": values("K=V", "a variable of its environment", pair),
  ...WISH_FLAGS,
  "restart": value("POLICY", "no, on-failure or always", oneOf("no", "on-failure", "always"), { offers: ["no", "on-failure", "always"] }),
  "restart-command": value("CMD", "what a restart runs instead, by sh", text),
  "cols": value("N", "columns; default 120", whole(1, 1000)),
  "rows": value("N", "rows; default 40", whole(1, 1000)),
} as const;

export interface Launched {
  readonly session: SessionRecord;
  readonly place: Place;
}

type LaunchInvocation = Invocation<typeof LAUNCH_FLAGS>;

/** @throws FleetError `usage`, `no-fitting-node`, `no-free-gpu`, or what the node says */
export async function launchSession(invocation: LaunchInvocation, size?: { cols: number; rows: number }): Promise<Launched> {
  checkCommand(invocation);
  const fixed = await fixedPlace(invocation);
  if (fixed !== undefined) return launchAt(fixed, invocation, size);
  return (await firstTaker(invocation.client, wishOf(invocation.flags), (place) => launchAt(place, invocation, size))).answer;
}

/** @throws FleetError `usage` */
export function checkCommand({ rest }: Pick<LaunchInvocation, "rest">): void {
  if (rest === undefined || rest.length === 0) throw new FleetError("usage", "the command to run is missing", { hint: "it comes after '--': fleet launch -- bash" });
}

/** @throws FleetError `usage`, or what the node says */
export async function launchAt(place: Place, invocation: LaunchInvocation, size?: { cols: number; rows: number }): Promise<Launched> {
  const { client, flags, rest = [] } = invocation;
  const session = await client.call(sessionLaunch, { ...sessionAt(place, invocation, size), command: [...rest], gpus: wishOf(flags).gpus }, place);
  return { session, place };
}

/** Where it goes whatever it wishes for; undefined when a node has to be found. */
export async function fixedPlace({ client, flags, settings, globals }: LaunchInvocation): Promise<Place | undefined> {
  if (flags.on !== undefined && wishesForNode(flags)) throw new FleetError("usage", "--on names the node; --where, --cpus and --memory look for one");
  if (flags.on !== undefined) return client.node(flags.on);
  if (wishesForNode(flags) || flags.gpus !== undefined) return undefined;
  if (settings.server !== undefined) return { kind: "direct" };
  if (globals.remote) throw new FleetError("usage", "--remote needs --on NODE");
  return { kind: "local" };
}

function sessionAt(place: Place, invocation: LaunchInvocation, size: { cols: number; rows: number } | undefined) {
  const { flags, settings } = invocation;
  const { cols = size?.cols, rows = size?.rows } = flags;
  return {
    cwd: directoryAt(place, invocation),
    name: flags.name,
    tags: [...flags.tag],
    env: Object.fromEntries(flags.env),
    ...(place.kind === "local" ? { callerEnv: settings.callerEnv() } : {}),
    ...(cols === undefined && rows === undefined ? {} : { size: { cols: cols ?? DEFAULT_SIZE.cols, rows: rows ?? DEFAULT_SIZE.rows } }),
    restart: flags.restart,
    ...(flags["restart-command"] === undefined ? {} : { restartCommand: ["sh", "-c", flags["restart-command"]] }),
  };
}

/** A relative directory is the caller's; another machine doesn't know where the caller is. */
function directoryAt(place: Place, { flags, settings }: LaunchInvocation): string | undefined {
  const { dir } = flags;
  const ofNode = dir !== undefined && (isAbsolute(dir) || dir === "~" || dir.startsWith("~/"));
  if (place.kind === "local") return dir === undefined ? settings.cwd : ofNode ? dir : resolve(settings.cwd, dir);
  if (dir !== undefined && !ofNode) throw new FleetError("usage", `--dir '${dir}' is relative to a directory of this machine, and the session runs on another`, { hint: "give an absolute path of that node, or one that begins with ~/" });
  return dir;
}
