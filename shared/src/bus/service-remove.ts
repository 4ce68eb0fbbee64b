import * as z from "zod/mini";
import { defineContract } from "./contract.ts";

export const serviceRemove = defineContract({
  verb: "service-remove",
  purpose: "take this machine's node and hub out of the service manager; what runs goes on",
  reach: "socket",
  roles: [],
  change: true,
  timeoutMs: 120_000,
  input: z.object({}),
  /** Paths of the files that are gone. */
  output: z.object({ removed: z.array(z.string()) }),
});
