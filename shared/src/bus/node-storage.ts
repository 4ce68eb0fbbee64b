import * as z from "zod/mini";
import { defineContract, VIEW } from "./contract.ts";

const Part = z.object({ sessions: z.int(), bytes: z.number() });

export const nodeStorage = defineContract({
  verb: "node-storage",
  purpose: "what the logs of a node's sessions take on its disk, and how much it keeps",
  roles: [...VIEW, "ci"],
  input: z.object({}),
  output: z.object({
    running: Part,
    ended: Part,
    /** Of the file system that they are on; null when it can't be asked. */
    freeBytes: z.nullable(z.number()),
    /** 0 is no bound, except for `logBytes`, which is for one session. */
    limits: z.object({ logBytes: z.number(), keepDays: z.number(), keepBytes: z.number(), keepCount: z.number() }),
  }),
});
