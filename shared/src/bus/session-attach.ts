import { AttachAnswer, AttachInput } from "./attach-answer.ts";
import { defineContract, OPERATE } from "./contract.ts";

export const sessionAttach = defineContract({
  verb: "session-attach",
  purpose: "a ticket to see a session and type into it; without a session: the oldest running one that nobody is attached to",
  roles: OPERATE,
  input: AttachInput,
  output: AttachAnswer,
});
