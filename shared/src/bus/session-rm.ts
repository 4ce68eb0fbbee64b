import * as z from "zod/mini";
import { defineContract, OPERATE } from "./contract.ts";
import { Ref } from "./session-ref.ts";

export const sessionRm = defineContract({
  verb: "session-rm",
  purpose: "forget ended sessions and remove their logs",
  roles: OPERATE,
  change: true,
  input: z.object({ sessions: z.array(Ref).check(z.minLength(1), z.maxLength(1000)) }),
  output: z.object({ removed: z.array(z.string()) }),
});
