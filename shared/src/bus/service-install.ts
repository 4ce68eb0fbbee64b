import * as z from "zod/mini";
import { defineContract } from "./contract.ts";

export const serviceInstall = defineContract({
  verb: "service-install",
  purpose: "make this machine's node, or its hub, a service of the machine's service manager",
  reach: "socket",
  roles: [],
  change: true,
  timeoutMs: 120_000,
  input: z.object({
    scope: z.enum(["user", "system"]),
    /** The hub's programs instead of the node agent. */
    hub: z.boolean(),
    manager: z.enum(["systemd", "launchd"]),
    /** Only say what would be written. */
    dryRun: z.boolean(),
  }),
  output: z.object({
    files: z.array(z.object({ path: z.string(), content: z.string() })),
    /** The unit to start, stop and look at. */
    unit: z.string(),
    scope: z.enum(["user", "system"]),
    installed: z.boolean(),
    /** What is not as it should be although it is installed. */
    warnings: z.array(z.string()),
  }),
});
