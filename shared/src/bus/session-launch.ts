import * as z from "zod/mini";
import { GpuWish, RestartPolicy, SessionRecord, Size } from "../domain/index.ts";
import { SessionName, Tag } from "../ids/index.ts";
import { defineContract, OPERATE } from "./contract.ts";

const EnvName = z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "not the name of an environment variable"));
const noNul = z.regex(/^[^\0]*$/, "contains a NUL");

export const sessionLaunch = defineContract({
  verb: "session-launch",
  purpose: "start a session",
  roles: [...OPERATE, "ci"],
  change: true,
  input: z.object({
    command: z.array(z.string().check(z.maxLength(131_072), noNul)).check(z.minLength(1), z.maxLength(4096)),
    /** Absolute on the node, or `~`; default: the node's home directory. */
    cwd: z.optional(z.string().check(z.minLength(1), z.maxLength(4096), noNul)),
    name: z.optional(SessionName),
    tags: z.optional(z.array(Tag).check(z.maxLength(32))),
    /** Added to the session's environment, over everything else. */
    env: z.optional(z.record(EnvName, z.string().check(z.maxLength(131_072), noNul))),
    /** The caller's whole environment; only a caller on the same machine sends it, and then it is the base. */
    callerEnv: z.optional(z.record(z.string(), z.string())),
    size: z.optional(Size),
    restart: z.optional(RestartPolicy),
    /** Run this on a restart instead of `command`, so that an agent can resume its conversation. */
    restartCommand: z.optional(z.array(z.string().check(noNul)).check(z.minLength(1))),
    /** GPUs that are its own while it runs. */
    gpus: z.optional(GpuWish),
  }),
  output: SessionRecord,
});
