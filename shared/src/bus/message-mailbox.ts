// Whose mailbox a question is about: the asker's own, or that of a session or of the node's people.
import * as z from "zod/mini";
import { Ref } from "./session-ref.ts";

export const MAILBOX_FIELDS = {
  /** Another's, for operators: a session's … */
  session: z.optional(Ref),
  /** … or that of the node's people. */
  people: z.optional(z.literal(true)),
};
