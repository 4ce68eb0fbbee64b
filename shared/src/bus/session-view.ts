import { AttachAnswer, AttachInput } from "./attach-answer.ts";
import { defineContract, VIEW } from "./contract.ts";

export const sessionView = defineContract({
  verb: "session-view",
  purpose: "a ticket to see a session, its log and its screen, without typing",
  roles: [...VIEW, "ci"],
  input: AttachInput,
  output: AttachAnswer,
});
