import type { messageSend, OutputOf } from "@fleetwire/shared/bus";

/** What is known of a message that was sent, on one line; never more than that. */
export function sentText({ id, state, to, reason, expiresAt }: OutputOf<typeof messageSend>): string {
  if (state === "delivered") return `delivered to ${to}: ${id}`;
  return `queued for ${to}: ${id} (${reason ?? "not delivered yet"}${expiresAt === undefined ? "" : `; waits until ${expiresAt}`})`;
}
