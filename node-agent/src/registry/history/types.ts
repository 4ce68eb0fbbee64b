// The fleet's history: lines (one for what each node tells, one for what is seen of it), stored in one order.
import type { EventPosition, EventRecord } from "@fleetwire/shared/bus";

/** One event as stored. `seq`: its place in the fleet's order. */
export interface Entry {
  readonly seq: number;
  /** When it was stored, milliseconds since 1970. */
  readonly storedAt: number;
  readonly event: EventRecord;
  /** Bytes of its JSON. */
  readonly bytes: number;
}

/** Where a line ends: its last event, and that one's `seq`; 0 when the history doesn't have it any more, or never had. */
export interface LineEnd {
  readonly seq: number;
  readonly event: EventRecord | undefined;
}

/** Who takes in what is stored, in order. */
export interface EntrySink {
  /** Another history than before, or the first: what came until now doesn't count. */
  begin(epoch: string): void;
  /** The same history; its numbers from before mean nothing any more. */
  rename(epoch: string): void;
  add(entry: Entry): void;
}

export interface HistoryStore {
  /** @param fresh ask the store itself */
  end(line: string, fresh?: boolean): Promise<LineEnd>;
  /**
   * Stores the next event of a line, once, whoever else stores too.
   * @param id the same for the same event
   * @param end where the line ended when this was decided
   * @returns `moved` when the line has another end now: look again
   * @throws when the store can't be reached; it may or may not be stored then
   */
  append(line: string, id: string, event: EventRecord, end: LineEnd): Promise<"stored" | "moved">;
}

export interface HistoryBounds {
  readonly count: number;
  readonly bytes: number;
  /** Milliseconds. */
  readonly age: number;
}
export const BOUNDS: HistoryBounds = { count: 20_000, bytes: 16 * 1024 * 1024, age: 7 * 86_400_000 };

export const eventLine = (key: string): string => `${key}.events`;
export const presenceLine = (key: string): string => `${key}.presence`;
export const alarmLine = (key: string): string => `${key}.alarm`;
export const drainLine = (key: string): string => `${key}.drain`;

/** Its number at its node names it; what the registry saw is named by what it is. */
export const positionText = ({ epoch, seq }: EventPosition): string => `${epoch}.${seq}`;
