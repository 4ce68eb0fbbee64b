// One telling: the events that go out together, under an id that stays the same over all attempts.
import * as z from "zod/mini";
import { EventRecord } from "../bus/index.ts";

export const Delivery = z.object({
  id: z.string().check(z.regex(/^[A-Za-z0-9_-]{8,40}$/)),
  rule: z.string(),
  /** Milliseconds since 1970. */
  createdAt: z.number(),
  attempts: z.int(),
  /** Not before. */
  nextAt: z.number(),
  /** How many happened; beyond `events` they are only counted. */
  count: z.int(),
  events: z.array(EventRecord),
});
export type Delivery = z.infer<typeof Delivery>;

/** What an attempt came to. `retryMs`: not before that time has passed, if it is tried again. */
export type Sent = { readonly ok: true } | { readonly ok: false; readonly reason: string; readonly retryMs?: number };

export const failed = (reason: string, retryMs?: number): Sent => ({ ok: false, reason, ...(retryMs === undefined ? {} : { retryMs }) });
