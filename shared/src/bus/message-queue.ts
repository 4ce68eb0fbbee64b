import * as z from "zod/mini";
import { defineContract, OPERATE } from "./contract.ts";
import { MessageId } from "./message-record.ts";

export const messageQueue = defineContract({
  verb: "message-queue",
  purpose: "what was sent from here and still waits for its node",
  roles: OPERATE,
  input: z.object({}),
  output: z.object({
    /** Oldest first, at most 500; to the machine's owner and operators those of all, to a session its own. */
    messages: z.array(z.object({ id: MessageId, from: z.string(), to: z.string(), subject: z.nullable(z.string()), sentAt: z.string(), expiresAt: z.string(), reason: z.optional(z.string()) })),
    /** How many wait altogether. */
    waiting: z.int(),
  }),
});
