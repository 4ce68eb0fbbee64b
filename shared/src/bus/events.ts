// What happened, as histories keep it: a node its own, the registry the fleet's. A position names a place in one history.
import * as z from "zod/mini";
import { NodeRecord, SessionRecord, SessionSignal } from "../domain/index.ts";
import { NodeName, PublicKey, SessionId, SessionName, Tag } from "../ids/index.ts";

/**
 * A place in a history: `seq` counts by one within an epoch, and an epoch begins where counting on can't be relied upon.
 * `at`: when the event there happened, milliseconds since 1970, for a history that doesn't know the epoch.
 */
export const EventPosition = z.object({
  epoch: z.string().check(z.regex(/^[A-Za-z0-9_-]{1,40}$/, "not an epoch of a history")),
  seq: z.int().check(z.gte(0)),
  at: z.optional(z.number()),
});
export type EventPosition = z.infer<typeof EventPosition>;

/** What the registry sees of a node and nobody publishes. */
export const PRESENCES = ["live", "suspect", "unreachable", "forgotten", "drained", "undrained"] as const;
export const Presence = z.enum(PRESENCES);
export type Presence = z.infer<typeof Presence>;

const common = {
  kind: z.string(),
  node: NodeName,
  key: PublicKey,
  /** ISO 8601, by the clock of whoever saw it. */
  at: z.string(),
  /** Its place in its node's history; absent for what no node keeps. */
  history: z.optional(EventPosition),
  session: z.optional(SessionRecord),
  /** Of a session whose record isn't here: what filters and people need. */
  about: z.optional(z.object({ id: SessionId, name: z.nullable(SessionName), tags: z.array(Tag) })),
  /** Id of a session that was removed. */
  removed: z.optional(z.int()),
  /** Why it was removed, when nobody asked for it: `retention`. */
  reason: z.optional(z.string()),
  record: z.optional(NodeRecord),
  /** What a session's program said to its terminal. Changes no table: the revision stays. */
  signal: z.optional(SessionSignal),
  /** A message that came; its text is in the mailbox alone. */
  message: z.optional(z.object({ id: z.string(), from: z.string(), to: z.string(), subject: z.nullable(z.string()) })),
  /** What is wrong with a node's audit record, said by the registry. */
  alarm: z.optional(z.object({ code: z.string(), seq: z.int(), detail: z.string() })),
};
export const EVENT_FIELDS = common;

/** One event of a history. Fields may be added, never renamed. */
export const EventRecord = z.object({ ...common, presence: z.optional(Presence) });
export type EventRecord = z.infer<typeof EventRecord>;

/** Kinds of events that nodes publish; the last token of their subject. */
export const EVENT_KINDS = ["session-launched", "session-changed", "session-ended", "session-removed", "node-changed", "node-draining", "node-leaving", "terminal-signal", "message-received", "audit-alarm"] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** Kinds that a history has: `node-state` is the registry's, `node-leaving` is told by `node-state`. */
export const HISTORY_KINDS = [...EVENT_KINDS.filter((kind) => kind !== "node-leaving"), "node-state"] as const;

/** A history keeps what a person may want to be told later; titles, prompts and progress come many a second and pass by. */
export function isKept({ kind, signal }: Pick<EventRecord, "kind" | "signal">): boolean {
  return kind !== "terminal-signal" || signal?.kind === "bell" || signal?.kind === "notification";
}

/** `EPOCH.SEQ.TIME`: what people and programs hold on to. */
export const formatCursor = ({ epoch, seq, at }: EventPosition): string => `${epoch}.${seq}${at === undefined ? "" : `.${Math.max(0, Math.floor(at)).toString(36)}`}`;

/** @returns undefined when the text isn't a cursor */
export function parseCursor(text: string): EventPosition | undefined {
  const [, epoch, seq, at] = /^([A-Za-z0-9_-]{1,40})\.(\d{1,15})(?:\.([0-9a-z]{1,10}))?$/.exec(text) ?? [];
  if (epoch === undefined || seq === undefined) return undefined;
  return { epoch, seq: Number(seq), ...(at === undefined ? {} : { at: Number.parseInt(at, 36) }) };
}
