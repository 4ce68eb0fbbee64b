import * as z from "zod/mini";
import { SessionRecord } from "../domain/index.ts";
import { defineContract, OPERATE } from "./contract.ts";
import { Ref } from "./session-ref.ts";

export const sessionRestart = defineContract({
  verb: "session-restart",
  purpose: "run a session's command again under the same id; a running one is ended first",
  roles: OPERATE,
  change: true,
  timeoutMs: 90_000,
  input: z.object({ session: Ref, graceMs: z.optional(z.int().check(z.gte(0), z.lte(60_000))) }),
  output: SessionRecord,
});
