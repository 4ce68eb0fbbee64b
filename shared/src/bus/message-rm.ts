import * as z from "zod/mini";
import { defineContract, OPERATE } from "./contract.ts";
import { MAILBOX_FIELDS } from "./message-mailbox.ts";
import { MessageId } from "./message-record.ts";

export const messageRm = defineContract({
  verb: "message-rm",
  purpose: "remove a message from a mailbox, or take back one that still waits for its node",
  roles: [...OPERATE, "ci"],
  change: true,
  input: z.object({ ...MAILBOX_FIELDS, id: MessageId }),
  output: z.object({ removed: z.enum(["inbox", "queue"]) }),
});
