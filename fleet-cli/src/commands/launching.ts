// What `launch` and `run` share: where a session goes, and with what.
import { isAbsolute, resolve } from "node:path";
import { sessionLaunch } from "@fleetwire/shared/bus";
import { DEFAULT_SIZE, type SessionRecord } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { NodeName, SessionName, Tag } from "@fleetwire/shared/ids";
import type { Place } from "../client/index.ts";
import type { Invocation } from "./command.ts";
import { checked, oneOf, pair, text, value, values, whole } from "./flags.ts";

export const LAUNCH_FLAGS = {
  "on": value("NODE", "the node to run on; default: this machine", checked(NodeName), { offers: "nodes" }),
  "name": value("NAME", "a name, unique on its node", checked(SessionName)),
  "tag": values("TAG", "a tag, for filters", checked(Tag)),
  "dir": value("DIR", "working directory; default: this one, on another node its home", text, { offers: "directories" }),
  "env": values("K=V", "a variable of its environment", pair),
  "where": values("K=V", "the best node with this label", pair),
  "gpus": value("N", "the best node with so many free GPUs", whole(0, 64)),
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

/** @throws FleetError `usage`, `no-fitting-node`, or what the node says */
export async function launchSession(invocation: LaunchInvocation, size?: { cols: number; rows: number }): Promise<Launched> {
  const { client, flags, rest } = invocation;
  if (rest === undefined || rest.length === 0) throw new FleetError("usage", "the command to run is missing", { hint: "it comes after '--': fleet launch -- bash" });
  const place = await placeOf(invocation);
  const { cols = size?.cols, rows = size?.rows } = flags;
  const session = await client.call(
    sessionLaunch,
    {
      command: [...rest],
      cwd: directoryAt(place, invocation),
      name: flags.name,
      tags: [...flags.tag],
      env: Object.fromEntries(flags.env),
      ...(place.kind === "local" ? { callerEnv: invocation.settings.callerEnv() } : {}),
      ...(cols === undefined && rows === undefined ? {} : { size: { cols: cols ?? DEFAULT_SIZE.cols, rows: rows ?? DEFAULT_SIZE.rows } }),
      restart: flags.restart,
      ...(flags["restart-command"] === undefined ? {} : { restartCommand: ["sh", "-c", flags["restart-command"]] }),
    },
    place,
  );
  return { session, place };
}

async function placeOf({ client, flags, settings, globals }: LaunchInvocation): Promise<Place> {
  const wished = flags.where.length > 0 || flags.gpus !== undefined;
  if (flags.on !== undefined && wished) throw new FleetError("usage", "--on names the node; --where and --gpus look for one");
  if (flags.on !== undefined) return client.node(flags.on);
  if (wished) return client.fit({ labels: Object.fromEntries(flags.where), gpus: flags.gpus ?? 0 });
  if (settings.server !== undefined) return { kind: "direct" };
  if (globals.remote) throw new FleetError("usage", "--remote needs --on NODE");
  return { kind: "local" };
}

/** A relative directory is the caller's; another machine doesn't know where the caller is. */
function directoryAt(place: Place, { flags, settings }: LaunchInvocation): string | undefined {
  const { dir } = flags;
  const ofNode = dir !== undefined && (isAbsolute(dir) || dir === "~" || dir.startsWith("~/"));
  if (place.kind === "local") return dir === undefined ? settings.cwd : ofNode ? dir : resolve(settings.cwd, dir);
  if (dir !== undefined && !ofNode) throw new FleetError("usage", `--dir '${dir}' is relative to a directory of this machine, and the session runs on another`, { hint: "give an absolute path of that node, or one that begins with ~/" });
  return dir;
}
