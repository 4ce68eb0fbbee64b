// What the registry knows of one node: its last beat, its record and its sessions, and how sure it is of them.
import type { Beat, FleetEvent } from "@fleetwire/shared/bus";
import { BEAT_MS, beatPeriodWithin, nodeStateOf, withSignal, type NodeRecord, type NodeState, type SessionRecord } from "@fleetwire/shared/domain";
import type { NodeName, PoolName, PublicKey } from "@fleetwire/shared/ids";

export interface Row {
  readonly key: PublicKey;
  name: NodeName;
  pool: PoolName;
  /** The agent process that speaks, since when it runs, and its last numbers. */
  inst: string;
  epoch: number;
  beatSeq: number;
  /** A life that says it began before this one was heard: an old beat again, or a clock that was set back. The node is asked. */
  doubted: boolean;
  /** How often it beats, milliseconds: its silence is judged by that. */
  beatMs: number;
  /** -1: the next event tells. */
  eventSeq: number;
  /** Revision of the node's tables that the sessions here are as of; -1: none. */
  rev: number;
  /** By the registry's clock, milliseconds since 1970. */
  heardAt: number;
  /** The server saw its connection end, or it said good-bye; until it is heard again. */
  gone: boolean;
  record: NodeRecord | undefined;
  /** What is wrong with its audit record. */
  alarm?: string;
  beat: Pick<Beat, "load" | "run" | "total" | "drain" | "mem"> | undefined;
  sessions: Map<number, SessionRecord>;
}

export function newRow(key: PublicKey, name: NodeName, pool: PoolName): Row {
  return { key, name, pool, inst: "", epoch: 0, beatSeq: 0, doubted: false, beatMs: BEAT_MS, eventSeq: -1, rev: -1, heardAt: 0, gone: false, record: undefined, beat: undefined, sessions: new Map() };
}

/** How a row takes in what was heard. `stale`: the registry has to ask the node. `ignored`: old, repeated or out of order; `doubted`: so it seems, and the node has to be asked. */
export type Heard = "taken" | "stale" | "ignored" | "doubted";

export function hearBeat(row: Row, beat: Beat, now: number): Heard {
  const sameLife = beat.inst === row.inst;
  if (sameLife && beat.seq <= row.beatSeq) return "ignored";
  if (!sameLife && beat.epoch < row.epoch) {
    row.doubted = true;
    return "doubted";
  }
  if (!sameLife) Object.assign(row, { inst: beat.inst, epoch: beat.epoch, eventSeq: -1, rev: -1 });
  const { name, pool, load, run, total, drain, mem, every = BEAT_MS } = beat;
  Object.assign(row, { name, pool, beatSeq: beat.seq, beatMs: beatPeriodWithin(every), heardAt: now, gone: false, beat: { load, run, total, drain, mem } });
  return beat.rev > row.rev || row.record === undefined ? "stale" : "taken";
}

/** What the node itself says of when its agent started, milliseconds since 1970: a life that was doubted may be the present one. */
export function settleDoubt(row: Row, startedAt: number): void {
  if (row.doubted && startedAt < row.epoch) Object.assign(row, { inst: "", epoch: startedAt });
  row.doubted = false;
}

export function hearEvent(row: Row, event: FleetEvent, now: number): Heard {
  // Which life came first can't be seen from an event: its beat says it.
  if (event.inst !== row.inst) return "stale";
  if (event.seq <= row.eventSeq) return "ignored";
  const missed = row.eventSeq >= 0 && event.seq !== row.eventSeq + 1;
  row.eventSeq = event.seq;
  row.heardAt = now;
  row.gone = event.kind === "node-leaving";
  // One of a kind that only a newer release knows says nothing here: the revision tells whether it changed something.
  if (missed || (!apply(row, event) && event.rev > row.rev)) return "stale";
  // With nothing missed, what was known is brought up to this event's revision.
  if (row.rev >= 0) row.rev = Math.max(row.rev, event.rev);
  return "taken";
}

/** @returns false when the event says less than happened (its record was too long for a message) */
export function apply(row: Row, { kind, session, removed, record, signal }: FleetEvent): boolean {
  if (kind === "terminal-signal") return applySignal(row, signal);
  if (session !== undefined) row.sessions.set(session.id, session);
  if (removed !== undefined) row.sessions.delete(removed);
  if (record !== undefined) row.record = record;
  if (kind === "node-leaving") return true;
  return kind.startsWith("session-") ? session !== undefined || removed !== undefined : record !== undefined;
}

/** A session that isn't known here yet will be with its next record. */
function applySignal(row: Row, signal: FleetEvent["signal"]): boolean {
  const session = signal === undefined ? undefined : row.sessions.get(signal.session);
  if (signal !== undefined && session !== undefined) row.sessions.set(session.id, withSignal(session, signal));
  return true;
}

export const ageOf = (row: Row, now: number): number => Math.max(0, now - row.heardAt);
export const stateOf = (row: Row, now: number): NodeState => nodeStateOf(ageOf(row, now), row.gone, row.beatMs);
export const isLive = (row: Row, now: number): boolean => stateOf(row, now) === "live";

/** The node's record as of now: the last one it gave, brought up to its last beat. */
export function recordOf(row: Row, now: number): NodeRecord {
  const { beat } = row;
  const base = row.record ?? emptyRecord(row);
  const draining = beat === undefined ? base.draining : beat.drain === true;
  return {
    ...base,
    name: row.name,
    pool: row.pool,
    state: stateOf(row, now),
    ageMs: ageOf(row, now),
    ...(beat?.mem === undefined ? {} : { resources: { ...base.resources, memoryFreeBytes: beat.mem * 2 ** 20 } }),
    ...(row.alarm === undefined ? {} : { warning: base.warning === undefined ? row.alarm : `${row.alarm}; ${base.warning}` }),
    ...(beat === undefined ? {} : { load: beat.load, sessions: { running: beat.run, total: beat.total } }),
    draining,
    // A beat may be newer than the record.
    drain: draining ? base.drain : undefined,
  };
}

/** A node that beats but doesn't answer questions (it isn't open): as much as its beats say. */
export function emptyRecord({ key, name, pool, epoch }: Row): NodeRecord {
  return {
    name, key, pool, state: "live", ageMs: 0, version: "unknown", url: null, labels: {}, resources: { cpus: 0, memoryBytes: 0, gpus: [] }, load: 0,
    runtimes: [], sessions: { running: 0, total: 0 }, draining: false, startedAt: new Date(epoch).toISOString(), hostname: "unknown", platform: "unknown", open: false,
  };
}
