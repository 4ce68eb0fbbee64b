import * as z from "zod/mini";
import { Typed, TypingConditions } from "../domain/index.ts";
import { defineContract, OPERATE } from "./contract.ts";
import { Ref } from "./session-ref.ts";

export const sessionSend = defineContract({
  verb: "session-send",
  purpose: "type text or keys into a session as a person would, at once or when it is ready for that",
  roles: OPERATE,
  change: true,
  resumable: true,
  timeoutMs: 65_000,
  input: z.extend(TypingConditions, {
    session: Ref,
    /** Text, typed as a bracketed paste when the program has enabled that and the text has several lines. */
    text: z.optional(z.string().check(z.maxLength(131_072))),
    /** Raw bytes, base64; for `--stdin` and `--file`. */
    data: z.optional(z.string().check(z.maxLength(174_764))),
    /** Named keys after the text: `C-c`, `Up`, `Enter`, `F5`, `M-x`, or a single character. */
    keys: z.optional(z.array(z.string().check(z.maxLength(32))).check(z.maxLength(256))),
    /** Press Enter (CR, a keystroke of its own) at the end. */
    enter: z.boolean(),
  }),
  output: z.extend(Typed, { target: z.string() }),
});
