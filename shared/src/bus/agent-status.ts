import * as z from "zod/mini";
import { NodeRecord } from "../domain/index.ts";
import { defineContract } from "./contract.ts";

/** One program that the agent keeps beside itself: a PTY host, Caddy, nats-server, the registry. */
export const PartStatus = z.object({
  name: z.string(),
  state: z.enum(["running", "stopped", "failed", "missing"]),
  pid: z.optional(z.int()),
  detail: z.optional(z.string()),
  /** Of a PTY host. */
  host: z.optional(
    z.object({
      id: z.string(),
      version: z.string(),
      /** Two builds of one version are two generations. */
      build: z.nullable(z.string()),
      /** It takes new sessions; otherwise it leaves after its last one. */
      current: z.boolean(),
      /** That run or are starting. */
      sessions: z.int(),
      /** In RAM. */
      memoryBytes: z.nullable(z.int()),
      /** Each session has a control group (cgroup v2). */
      groups: z.boolean(),
    }),
  ),
});
export type PartStatus = z.infer<typeof PartStatus>;

export const agentStatus = defineContract({
  verb: "agent-status",
  purpose: "this machine's node agent, its parts and its link to the fleet",
  reach: "socket",
  roles: [],
  input: z.object({}),
  output: z.object({
    node: NodeRecord,
    pid: z.int(),
    instance: z.string(),
    directories: z.object({ config: z.string(), state: z.string(), run: z.string() }),
    fleet: z.object({
      state: z.enum(["none", "connecting", "connected", "refused", "conflict"]),
      fleet: z.optional(z.string()),
      urls: z.array(z.string()),
      /** No credentials and no permissions: a plain NATS. */
      unprotected: z.boolean(),
      detail: z.optional(z.string()),
    }),
    parts: z.array(PartStatus),
    /** Something that went wrong and that a person should know. */
    warnings: z.array(z.string()),
  }),
});
