// A message, and the first answer to it.
import type { MessageRecord } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { FleetClient } from "../types.ts";
import { followInbox } from "./follow-inbox.ts";
import { markRead } from "./mark-read.ts";
import type { SentMessage } from "./send-message.ts";

export interface AnswerRequest {
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly signal: AbortSignal;
  readonly onNote: (text: string) => void;
}

/**
 * The first answer to what was sent, marked as read. Undefined: none came in time, or the signal fired; a late one will be in the inbox.
 * @throws FleetError `node-unreachable` when the request will never be seen
 */
export async function firstAnswer(client: FleetClient, { answer: { id }, place }: SentMessage, { until, signal, onNote }: AnswerRequest): Promise<MessageRecord | undefined> {
  const mailbox = { place, of: {} };
  for await (const reply of followInbox(client, mailbox, { filter: { replyTo: id }, until, signal, onNote })) {
    await markRead(client, mailbox, [reply]);
    if (reply.kind === "notice") throw new FleetError("node-unreachable", reply.text, { hint: "nobody has seen the request" });
    return reply;
  }
  return undefined;
}
