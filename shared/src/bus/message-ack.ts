import * as z from "zod/mini";
import { defineContract, OPERATE } from "./contract.ts";
import { MAILBOX_FIELDS } from "./message-mailbox.ts";
import { MessageId } from "./message-record.ts";

export const messageAck = defineContract({
  verb: "message-ack",
  purpose: "mark messages of a mailbox as read",
  roles: [...OPERATE, "ci"],
  change: true,
  input: z.object({ ...MAILBOX_FIELDS, ids: z.array(MessageId).check(z.minLength(1), z.maxLength(500)) }),
  /** How many were unread until now. */
  output: z.object({ read: z.int() }),
});
