import * as z from "zod/mini";
import { NodeName, SessionId, SessionName } from "../ids/index.ts";
import { defineContract } from "./contract.ts";
import { MessageId, MessageSubject, MessageText } from "./message-record.ts";
import { Ref } from "./session-ref.ts";

/** The last moment that a date can name. */
const LATEST_MS = 8.64e15;

export const messageDeliver = defineContract({
  verb: "message-deliver",
  purpose: "hand over a message, from the sender's node to the recipient's; once, however often it comes",
  roles: ["node"],
  change: true,
  input: z.object({
    id: MessageId,
    /** What the sending node calls itself. Its key is proved; this is believed when the fleet says the same. */
    senderNode: NodeName,
    /** Which of its sessions sent it; absent: its people. */
    senderSession: z.optional(z.object({ id: SessionId, name: z.nullable(SessionName) })),
    /** For this session; absent: for the people. */
    session: z.optional(Ref),
    text: MessageText,
    subject: z.optional(MessageSubject),
    replyTo: z.optional(MessageId),
    wantsReply: z.boolean(),
    /** Milliseconds since 1970, by the sender's clock. */
    sentAt: z.int().check(z.gte(0), z.lte(LATEST_MS)),
  }),
  /** `again`: it was here already. */
  output: z.object({ again: z.boolean() }),
});
