import * as z from "zod/mini";
import { defineContract, OPERATE } from "./contract.ts";
import { MessageId } from "./message-record.ts";

export const messageStatus = defineContract({
  verb: "message-status",
  purpose: "what became of a message: queued, delivered, read, refused or expired, and when",
  roles: [...OPERATE, "ci", "node"],
  input: z.object({ id: MessageId }),
  output: z.object({
    id: MessageId,
    state: z.enum(["queued", "delivered", "read", "refused", "expired"]),
    to: z.string(),
    sentAt: z.optional(z.string()),
    deliveredAt: z.optional(z.string()),
    readAt: z.optional(z.string()),
    /** Of one that waits. */
    expiresAt: z.optional(z.string()),
    /** Since when it is refused or has expired. */
    endedAt: z.optional(z.string()),
    /** Why it waits, was refused, or why no more than this is known. */
    reason: z.optional(z.string()),
  }),
});
