import { hasEnded, type SessionRecord } from "@fleetwire/shared/domain";
import type { HostSession } from "@fleetwire/shared/control";
import { formatTarget } from "@fleetwire/shared/ids";
import type { SessionRow } from "../store/index.ts";

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

/** The session as everybody sees it: the node's row, and over it what its host knows now. */
export function recordOf(row: SessionRow, node: SessionRecord["node"], host: HostSession | undefined, unread = 0): SessionRecord {
  const ended = hasEnded(row.state);
  const live = host?.epoch === row.epoch ? host : undefined;
  const warning = live?.warning ?? row.warning ?? undefined;
  return {
    target: formatTarget(node, { id: row.id }),
    node,
    id: row.id,
    name: row.name,
    tags: row.tags,
    command: row.command,
    cwd: row.cwd,
    workspace: null,
    runtime: "host",
    state: row.state,
    exit: row.exit,
    activity: live?.activity ?? { state: "unknown", at: new Date(row.ended_at ?? row.started_at ?? row.created_at).toISOString() },
    // An ended session's number may belong to somebody else by now.
    pid: ended ? null : row.pid,
    size: live?.size ?? { cols: row.cols, rows: row.rows },
    attached: live?.attached ?? 0,
    createdAt: new Date(row.created_at).toISOString(),
    startedAt: iso(row.started_at),
    endedAt: iso(row.ended_at),
    lastOutputAt: iso(ended ? row.last_output_at : (live?.lastOutputAt ?? row.last_output_at)),
    outputBytes: ended ? row.output_bytes : Math.max(live?.offset ?? 0, row.output_bytes),
    restart: row.restart,
    ...(row.gpus === null ? {} : { gpus: ended ? [] : row.gpus.held }),
    ...(live?.title === undefined ? {} : { title: live.title }),
    ...(live?.notification === undefined ? {} : { notification: { text: live.notification.text, at: new Date(live.notification.at).toISOString() } }),
    ...(live?.lastBellAt === undefined ? {} : { lastBellAt: new Date(live.lastBellAt).toISOString() }),
    ...(unread === 0 ? {} : { unread }),
    ...(row.launched_by === null ? {} : { launchedBy: row.launched_by }),
    ...(warning === undefined ? {} : { warning }),
  };
}
