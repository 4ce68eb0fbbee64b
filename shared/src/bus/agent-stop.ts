import * as z from "zod/mini";
import { defineContract } from "./contract.ts";

export const agentStop = defineContract({
  verb: "agent-stop",
  purpose: "stop this machine's node agent; sessions go on unless they are asked to end",
  reach: "socket",
  roles: [],
  change: true,
  timeoutMs: 90_000,
  input: z.object({
    /** Also end every session and the PTY hosts. */
    sessions: z.optional(z.boolean()),
    graceMs: z.optional(z.int().check(z.gte(0), z.lte(60_000))),
  }),
  output: z.object({
    /** Sessions that still run, for the person to know. */
    running: z.int(),
    killed: z.int(),
  }),
});
