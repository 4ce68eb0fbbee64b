import * as z from "zod/mini";
import { defineContract, OPERATE } from "./contract.ts";
import { Ref } from "./session-ref.ts";

/** How far input got. `written`: the terminal took all of it. `queued`: the program doesn't read; it waits in the PTY host. */
export const Receipt = z.enum(["rejected", "queued", "written", "observed"]);
export type Receipt = z.infer<typeof Receipt>;

export const sessionSend = defineContract({
  verb: "session-send",
  purpose: "type text or keys into a session as a person would",
  roles: OPERATE,
  change: true,
  input: z.object({
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
  output: z.object({ receipt: Receipt, bytes: z.int(), target: z.string() }),
});
