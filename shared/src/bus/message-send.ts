import * as z from "zod/mini";
import { NodeName } from "../ids/index.ts";
import { defineContract, OPERATE } from "./contract.ts";
import { MessageId, MessageSubject, MessageText } from "./message-record.ts";
import { Ref } from "./session-ref.ts";

/** Of a message that waits for a node, milliseconds. */
export const USUAL_EXPIRY_MS = 7 * 86_400_000;
export const LONGEST_EXPIRY_MS = 30 * 86_400_000;

export const messageSend = defineContract({
  verb: "message-send",
  purpose: "leave a message for a session or a node's people; what can't be delivered now waits here",
  roles: [...OPERATE, "ci"],
  change: true,
  timeoutMs: 15_000,
  // Who sends is no field: the node knows.
  input: z.object({
    /** The recipient's node; absent: the one that is asked. */
    node: z.optional(NodeName),
    /** One of its sessions … */
    session: z.optional(Ref),
    /** … or its people … */
    people: z.optional(z.literal(true)),
    /** … or whoever sent this message, of one's own mailbox. */
    replyTo: z.optional(MessageId),
    text: MessageText,
    subject: z.optional(MessageSubject),
    wantsReply: z.optional(z.boolean()),
    /** How long it may wait for its node, milliseconds. */
    expiresMs: z.optional(z.int().check(z.gte(1_000), z.lte(LONGEST_EXPIRY_MS))),
  }),
  output: z.object({
    id: MessageId,
    /** `delivered`: in the recipient's inbox. `queued`: it waits here. */
    state: z.enum(["delivered", "queued"]),
    to: z.string(),
    /** Why it waits. */
    reason: z.optional(z.string()),
    /** Until when it waits, ISO 8601. */
    expiresAt: z.optional(z.string()),
  }),
});
