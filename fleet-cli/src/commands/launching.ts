// What `launch` and `run` share: the flags that say where a session goes, and with what.
import { FleetError } from "@fleetwire/shared/errors";
import { NodeName, SessionName, Tag } from "@fleetwire/shared/ids";
import { launch, launchAt, type Launched, type LaunchSpec, type Place, wishesForNode } from "../client/index.ts";
import type { Invocation } from "./command.ts";
import { checked, oneOf, pair, text, value, values, whole } from "./flags.ts";
import { WISH_FLAGS, wishOf } from "./wishes.ts";

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

type LaunchInvocation = Invocation<typeof LAUNCH_FLAGS>;

/** @throws FleetError `usage`, `no-fitting-node`, `no-free-gpu`, or what the node says */
export async function launchSession(invocation: LaunchInvocation, size?: { cols: number; rows: number }): Promise<Launched> {
  checkCommand(invocation);
  return launch(invocation.client, await fixedPlace(invocation), specOf(invocation, size), invocation.settings);
}

/** @throws FleetError `usage` */
export function checkCommand({ rest }: Pick<LaunchInvocation, "rest">): void {
  if (rest === undefined || rest.length === 0) throw new FleetError("usage", "the command to run is missing", { hint: "it comes after '--': fleet launch -- bash" });
}

/** On one node of many. @throws FleetError `usage`, or what the node says */
export async function launchOn(place: Place, invocation: LaunchInvocation): Promise<Launched> {
  return launchAt(invocation.client, place, specOf(invocation), invocation.settings);
}

/** Where it goes whatever it wishes for; undefined when a node has to be found. */
export async function fixedPlace({ client, flags, settings, globals }: LaunchInvocation): Promise<Place | undefined> {
  const looks = wishesForNode(wishOf(flags));
  if (flags.on !== undefined && looks) throw new FleetError("usage", "--on names the node; --where, --cpus and --memory look for one");
  if (flags.on !== undefined) return client.node(flags.on);
  if (looks || flags.gpus !== undefined) return undefined;
  if (settings.server !== undefined) return { kind: "direct" };
  if (globals.remote) throw new FleetError("usage", "--remote needs --on NODE");
  return { kind: "local" };
}

function specOf({ flags, rest = [] }: LaunchInvocation, size?: { cols: number; rows: number }): LaunchSpec {
  const { dir, name, tag, env, cols = size?.cols, rows = size?.rows, restart, "restart-command": restartCommand } = flags;
  return {
    command: rest,
    dir,
    name,
    tags: tag,
    env: Object.fromEntries(env),
    cols,
    rows,
    restart,
    ...(restartCommand === undefined ? {} : { restartCommand: ["sh", "-c", restartCommand] }),
    wish: wishOf(flags),
  };
}
