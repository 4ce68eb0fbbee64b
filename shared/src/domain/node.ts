// A node: one machine (or container) running one node agent.
import * as z from "zod/mini";
import { NodeName, PoolName, PublicKey } from "../ids/index.ts";
import { Gpu } from "./gpu.ts";

export const NodeState = z.enum(["live", "suspect", "unreachable"]);
export type NodeState = z.infer<typeof NodeState>;

/** Beats silent: at most so many are `live`, at most so many `suspect`, beyond is `unreachable`. 25 s and 60 s at the usual period. */
const LIVE_BEATS = 2.5;
const SUSPECT_BEATS = 6;

/** How long a node that beats every `beatMs` may be silent and count as live, milliseconds. */
export const liveMs = (beatMs: number): number => LIVE_BEATS * beatMs;

/**
 * @param ageMs since the node was last heard
 * @param disconnected the NATS server said that the node's connection ended
 * @param beatMs the node's own period
 */
export function nodeStateOf(ageMs: number, disconnected: boolean, beatMs: number): NodeState {
  if (ageMs > SUSPECT_BEATS * beatMs) return "unreachable";
  return ageMs > liveMs(beatMs) || disconnected ? "suspect" : "live";
}

export const Labels = z.record(
  z.string().check(z.regex(/^[a-z0-9](?:[a-z0-9._/-]{0,62})$/, "a label's key is 1–63 of a–z, 0–9, '.', '_', '/' and '-'")),
  z.string().check(z.regex(/^[A-Za-z0-9._:/@+-]{0,128}$/, "a label's value is at most 128 letters, digits and . _ : / @ + -")),
);
export type Labels = z.infer<typeof Labels>;

/** Why and until when a node takes no new sessions. Times are ISO 8601, by the node's clock. */
export const Drain = z.object({
  since: z.string(),
  /** What was running is expected to have ended by then. */
  deadline: z.optional(z.string()),
  message: z.optional(z.string().check(z.maxLength(500))),
  /** What still runs at the deadline is ended by the node. */
  killAfter: z.boolean(),
  /** When it did so. */
  killedAt: z.optional(z.string()),
});
export type Drain = z.infer<typeof Drain>;

/** The JSON record of a node. Fields may be added, never renamed. */
export const NodeRecord = z.object({
  name: NodeName,
  key: PublicKey,
  pool: PoolName,
  state: NodeState,
  /** Milliseconds since it was last heard, by the clock of whoever answers. */
  ageMs: z.number(),
  version: z.string(),
  /** `wss://` address of its terminals; null when it serves none. */
  url: z.nullable(z.string()),
  /** `wss://` address at which the hub's relay leads to it; null or absent when it has none. */
  relay: z.optional(z.nullable(z.string())),
  labels: Labels,
  /** What its container or control group allows, where that is less than the machine has. `memoryFreeBytes`: what a new program can have. */
  resources: z.object({ cpus: z.int(), memoryBytes: z.number(), memoryFreeBytes: z.optional(z.number()), gpus: z.array(Gpu) }),
  /** One-minute load average. */
  load: z.number(),
  runtimes: z.array(z.string()),
  sessions: z.object({ running: z.int(), total: z.int() }),
  draining: z.boolean(),
  /** Only while it is draining. */
  drain: z.optional(Drain),
  startedAt: z.string(),
  hostname: z.string(),
  platform: z.string(),
  /** Accepts callers that prove no role (a plain NATS for a laptop). */
  open: z.boolean(),
  /** Something is wrong with it although it answers, e.g. its disk is full. */
  warning: z.optional(z.string()),
});
export type NodeRecord = z.infer<typeof NodeRecord>;
