// What an attempt to deliver came to, by the error's code: gone for good, to be tried again for this recipient, or for its node.
import type { ErrorCode, FleetError } from "@fleetwire/shared/errors";

/** No later attempt would fare better. */
const REFUSED: readonly ErrorCode[] = ["unknown-session", "not-running", "denied", "bad-input", "too-large", "replayed", "version-skew", "unknown-verb", "unknown-node"];
/** It never got there, or nobody knows: an answer that isn't the node's, or a fault after it was taken, says nothing. */
const TRANSPORT: readonly ErrorCode[] = ["node-unreachable", "timeout", "nats-unreachable", "outcome-unknown", "expired", "bad-signature", "internal"];
/** The recipient can't take it now; others on its node may. */
const RECIPIENT: readonly ErrorCode[] = ["inbox-full"];

export type Verdict = "refused" | "transport" | "recipient" | "node";

export function verdictOf({ code }: FleetError): Verdict {
  if (REFUSED.includes(code)) return "refused";
  if (TRANSPORT.includes(code)) return "transport";
  return RECIPIENT.includes(code) ? "recipient" : "node";
}
