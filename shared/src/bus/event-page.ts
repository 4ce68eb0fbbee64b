// A page of a history, asked the same way of a node and of the registry.
import * as z from "zod/mini";
import { EventFilter } from "./event-filter.ts";
import { EventPosition, EventRecord } from "./events.ts";

/** Longest wait for something to happen, milliseconds. */
export const LONGEST_POLL_MS = 30_000;

export const EventQuery = z.object({
  /** Goes on after this place. Without it from the beginning of what is kept. */
  after: z.optional(EventPosition),
  /** Only what happened at this time or later, milliseconds since 1970. */
  since: z.optional(z.number()),
  /** Without `after`: no more than so many, the newest. */
  tail: z.optional(z.int().check(z.gte(0), z.lte(1_000))),
  filter: z.optional(EventFilter),
  limit: z.optional(z.int().check(z.gte(1), z.lte(500))),
  /** When there is nothing: answer as soon as there is, or after this time. */
  waitMs: z.optional(z.int().check(z.gte(0), z.lte(LONGEST_POLL_MS))),
});
export type EventQuery = z.infer<typeof EventQuery>;

/** `expired`: older than what is kept. `epoch`: of a history that isn't there any more. `lost`: beyond its end, which was lost. */
export const EventGap = z.object({ from: EventPosition, reason: z.enum(["expired", "epoch", "lost"]) });
export type EventGap = z.infer<typeof EventGap>;

export const EventPage = z.object({
  /** The history's present epoch. */
  epoch: z.string(),
  events: z.array(z.object({ position: EventPosition, event: EventRecord })),
  /** Give as `after` for what comes next; it may lie beyond the last event here, where others were filtered out. */
  next: EventPosition,
  /** There is more now. */
  more: z.boolean(),
  /** What was asked for is not all there: the page goes on with what is. */
  gap: z.optional(EventGap),
});
export type EventPage = z.infer<typeof EventPage>;
