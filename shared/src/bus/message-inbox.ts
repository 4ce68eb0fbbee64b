import * as z from "zod/mini";
import { defineContract, OPERATE } from "./contract.ts";
import { LONGEST_POLL_MS } from "./event-page.ts";
import { MAILBOX_FIELDS } from "./message-mailbox.ts";
import { MessageId, MessageRecord } from "./message-record.ts";

export const messageInbox = defineContract({
  verb: "message-inbox",
  purpose: "read a mailbox, a page at a time; marks nothing as read; waits for a message when asked to",
  roles: [...OPERATE, "ci"],
  timeoutMs: LONGEST_POLL_MS + 10_000,
  input: z.object({
    ...MAILBOX_FIELDS,
    unread: z.optional(z.boolean()),
    /** Only from this address, node or name. */
    from: z.optional(z.string().check(z.maxLength(120))),
    /** Only answers to this message. */
    replyTo: z.optional(MessageId),
    /** Goes on after this place. */
    after: z.optional(z.int().check(z.gte(0))),
    limit: z.optional(z.int().check(z.gte(1), z.lte(500))),
    /** When there is nothing: answer as soon as there is, or after this time. */
    waitMs: z.optional(z.int().check(z.gte(0), z.lte(LONGEST_POLL_MS))),
  }),
  output: z.object({
    /** Whose mailbox it is. */
    mailbox: z.string(),
    /** Oldest first. */
    messages: z.array(MessageRecord),
    /** Give as `after` for what comes next. */
    next: z.int(),
    /** There is more now. */
    more: z.boolean(),
    /** How many in this mailbox nobody has read. */
    unread: z.int(),
  }),
});
