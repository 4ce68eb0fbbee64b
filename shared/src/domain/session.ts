// A session: one command on a PTY on a node, with its output log, its screen and its exit.
import * as z from "zod/mini";
import { NodeName, SessionId, SessionName, Tag } from "../ids/index.ts";
import { LeasedGpu } from "./gpu.ts";

export const SESSION_STATES = ["starting", "running", "exited", "killed", "failed", "lost"] as const;
export const SessionState = z.enum(SESSION_STATES);
export type SessionState = z.infer<typeof SessionState>;

export const ENDED_STATES: readonly SessionState[] = ["exited", "killed", "failed", "lost"];
export const hasEnded = (state: SessionState): boolean => ENDED_STATES.includes(state);

/** How a process ended. `signal` is set when a signal ended it; `reason` says why there is neither. */
export const SessionExit = z.object({
  code: z.optional(z.int()),
  signal: z.optional(z.string()),
  reason: z.optional(z.string()),
});
export type SessionExit = z.infer<typeof SessionExit>;

export const ACTIVITY_STATES = ["working", "blocked", "done", "idle", "unknown"] as const;
export const ActivityState = z.enum(ACTIVITY_STATES);
export type ActivityState = z.infer<typeof ActivityState>;

/** Why a program waits for somebody; a report may give words of its own instead. */
export const BLOCK_REASONS = ["permission", "question", "login", "error", "input"] as const;

/**
 * What the program is doing, with the evidence for it. `done`: finished, and nobody has looked yet. `at`: ISO time since when it is
 * so. `seq`: counts the changes of this life of the session. `message`: what its agent said with it.
 */
export const Activity = z.object({
  state: ActivityState,
  reason: z.optional(z.string()),
  message: z.optional(z.string()),
  evidence: z.optional(z.string()),
  at: z.string(),
  seq: z.optional(z.int()),
});
export type Activity = z.infer<typeof Activity>;

export const Size = z.object({ cols: z.int().check(z.gte(1), z.lte(1000)), rows: z.int().check(z.gte(1), z.lte(1000)) });
export type Size = z.infer<typeof Size>;
export const DEFAULT_SIZE: Size = { cols: 120, rows: 40 };

export const RestartPolicy = z.enum(["no", "on-failure", "always"]);
export type RestartPolicy = z.infer<typeof RestartPolicy>;

/** The JSON record of a session. Fields may be added, never renamed. Times are ISO 8601, UTC. */
export const SessionRecord = z.object({
  target: z.string(),
  node: NodeName,
  id: SessionId,
  name: z.nullable(SessionName),
  tags: z.array(Tag),
  command: z.array(z.string()),
  cwd: z.string(),
  workspace: z.nullable(z.string()),
  runtime: z.string(),
  state: SessionState,
  exit: z.nullable(SessionExit),
  activity: Activity,
  pid: z.nullable(z.int()),
  size: Size,
  /** Viewers attached now. */
  attached: z.int(),
  createdAt: z.string(),
  startedAt: z.nullable(z.string()),
  endedAt: z.nullable(z.string()),
  lastOutputAt: z.nullable(z.string()),
  /** Bytes printed since the start, whether or not the log still has them. */
  outputBytes: z.number(),
  restart: z.optional(RestartPolicy),
  /** GPUs that it has the lease of; absent when it asked for none, empty once it has ended. */
  gpus: z.optional(z.array(LeasedGpu)),
  /** Public key of the caller who launched it; absent for this machine's own socket. */
  launchedBy: z.optional(z.string()),
  /** What its program says of itself: window title, last notification, last bell. */
  title: z.optional(z.string()),
  notification: z.optional(z.object({ text: z.string(), at: z.string() })),
  lastBellAt: z.optional(z.string()),
  /** Messages in its inbox that nobody has read; absent when there are none. */
  unread: z.optional(z.int()),
  /** Something is not as it should be although the session runs, e.g. its log can't be written. */
  warning: z.optional(z.string()),
});
export type SessionRecord = z.infer<typeof SessionRecord>;

/** What can happen to a session; see `nextState`. */
export type SessionEvent =
  | { readonly type: "started" }
  | { readonly type: "failed"; readonly reason: string }
  | { readonly type: "exited"; readonly code: number }
  | { readonly type: "signalled"; readonly signal: string }
  | { readonly type: "vanished"; readonly reason: string };

/**
 * The one transition function. Monotone: an ended session never changes again, and `killed` or `exited` come from
 * reaping only.
 */
export function nextState(state: SessionState, event: SessionEvent): SessionState {
  if (hasEnded(state)) return state;
  switch (event.type) {
    case "started":
      return "running";
    case "failed":
      return state === "starting" ? "failed" : state;
    case "exited":
      return "exited";
    case "signalled":
      return "killed";
    case "vanished":
      return "lost";
  }
}

/** The exit code a shell would give: the program's own, or 128 + signal; 1 when neither is known. */
export function exitCodeOf(exit: SessionExit | null, signalNumbers: Readonly<Record<string, number>>): number {
  if (exit?.signal !== undefined) return 128 + (signalNumbers[exit.signal] ?? 0);
  return exit?.code ?? 1;
}
