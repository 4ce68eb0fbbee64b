// How each rule fares, for `fleet notify ls`.
import * as z from "zod/mini";

const RuleStatus = z.object({
  /** Deliveries that arrived, and that were given up. */
  sent: z.int(),
  failed: z.int(),
  /** Still to be told. */
  waiting: z.int(),
  lastSentAt: z.optional(z.string()),
  lastFailure: z.optional(z.object({ at: z.string(), reason: z.string() })),
});
export type RuleStatus = z.infer<typeof RuleStatus>;

const Statuses = z.record(z.string(), RuleStatus);
export type Statuses = z.infer<typeof Statuses>;

export const NO_STATUS: RuleStatus = { sent: 0, failed: 0, waiting: 0 };

/** @param text undefined or damaged: nothing is known */
export function parseStatuses(text: string | undefined): Statuses {
  try {
    return Statuses.parse(JSON.parse(text ?? "{}"));
  } catch {
    return {};
  }
}
