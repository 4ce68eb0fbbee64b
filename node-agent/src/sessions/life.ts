// What happens to a session, written down: every change of state passes through nextState, is kept, and is told.
import { hasEnded, nextState, type SessionEvent, type SessionExit, type SessionRecord } from "@fleetwire/shared/domain";
import type { EventKind } from "@fleetwire/shared/bus";
import type { HostSession, LifeFile } from "@fleetwire/shared/control";
import type { SessionId } from "@fleetwire/shared/ids";
import { sessionMailbox, type SessionRow } from "../store/index.ts";
import { notifyWatchers, type Core } from "./core.ts";
import { recordOf } from "./record.ts";
import { planRestart } from "./restart-policy.ts";

export function recordNow(core: Core, row: SessionRow): SessionRecord {
  return recordOf(row, core.node.name(), core.live.get(row.id), core.store.unread(sessionMailbox(row.id)));
}

export function tell(core: Core, kind: EventKind, row: SessionRow): void {
  core.node.tell({ kind, session: recordNow(core, row) });
  notifyWatchers(core, row.id);
}

export function noteStarted(core: Core, id: SessionId, at: { pid: number; startedAt: number }): SessionRow | undefined {
  const row = core.store.sessions.get(id);
  if (row === undefined) return undefined;
  core.store.sessions.update(id, { state: nextState(row.state, { type: "started" }), pid: at.pid, started_at: at.startedAt });
  return core.store.sessions.get(id);
}

/** The end as its host saw it, or as `life.json` says. Says nothing twice. */
export function noteEnded(core: Core, row: SessionRow, end: Pick<HostSession, "exit" | "endedAt" | "offset" | "startedAt"> & Partial<Pick<HostSession, "lastOutputAt" | "logStart">>): void {
  finish(core, row, eventOf(end.exit), {
    exit: end.exit,
    started_at: end.startedAt,
    ended_at: end.endedAt ?? core.now(),
    output_bytes: end.offset,
    last_output_at: end.lastOutputAt ?? row.last_output_at,
    log_start: end.logStart ?? row.log_start,
  });
}

export function noteVanished(core: Core, row: SessionRow, reason: string): void {
  finish(core, row, { type: "vanished", reason }, { exit: { reason }, ended_at: core.now() });
}

export function noteFailed(core: Core, row: SessionRow, reason: string): void {
  finish(core, row, { type: "failed", reason }, { exit: { reason }, ended_at: core.now() });
}

/** From `life.json`: true when it knows how this life ended. */
export function noteLife(core: Core, row: SessionRow, life: LifeFile | undefined): boolean {
  if (life === undefined || life.epoch !== row.epoch || life.endedAt === null) return false;
  noteEnded(core, row, { exit: life.exit, endedAt: life.endedAt, startedAt: life.startedAt, offset: life.offset ?? row.output_bytes });
  return true;
}

function finish(core: Core, row: SessionRow, event: SessionEvent, change: Partial<SessionRow>): void {
  const current = core.store.sessions.get(row.id);
  if (current === undefined || current.epoch !== row.epoch || hasEnded(current.state)) return;
  const state = nextState(current.state, event);
  const plan = planRestart({ ...current, ...change, state }, core.now());
  core.store.sessions.update(row.id, { ...change, ...plan, state });
  core.sockets.close(row.id);
  const ended = core.store.sessions.get(row.id);
  if (ended === undefined) return;
  core.log.info({ session: row.id, state, exit: ended.exit }, "session ended");
  tell(core, "session-ended", ended);
  if (ended.gpus === null) return;
  core.gpus.released(ended.gpus.held.map(({ uuid }) => uuid));
  core.node.changed();
}

function eventOf(exit: SessionExit | null): SessionEvent {
  if (exit?.signal !== undefined) return { type: "signalled", signal: exit.signal };
  if (exit?.code !== undefined) return { type: "exited", code: exit.code };
  return { type: "vanished", reason: exit?.reason ?? "its end was not seen" };
}
