// How the node agent steers a PTY host: JSON text messages on a WebSocket of subprotocol `fleet.host.v1`, on the host's
// unix socket only. Requests carry a number and are answered with it; events carry none. The host knows nothing of NATS,
// SQLite, workspaces or config: whatever it needs is in the request.
import * as z from "zod/mini";
import { ErrorRecord } from "../errors/index.ts";
import { Activity, ActivityState, OutputGap, OutputStart, ScreenPage, SessionExit, Size, TerminalSignal, Typed, TypingConditions } from "../domain/index.ts";
import { Epoch, PublicKey, SessionId } from "../ids/index.ts";
import { AgentRules } from "./agent-rules.ts";

export const HOST_SUBPROTOCOL = "fleet.host.v1";
export const HOST_PATH = "/v1/host";
/** Apart from the release version: hosts of an older release keep serving their sessions. */
export const HOST_PROTOCOL = 1;

/** A session as its host sees it. Times are milliseconds since 1970. */
export const HostSession = z.object({
  id: SessionId,
  epoch: Epoch,
  pid: z.nullable(z.int()),
  running: z.boolean(),
  startedAt: z.number(),
  endedAt: z.nullable(z.number()),
  exit: z.nullable(SessionExit),
  size: Size,
  attached: z.int(),
  /** Those who read its log now. */
  readers: z.optional(z.int()),
  lastOutputAt: z.nullable(z.number()),
  /** Output offset: bytes printed so far, in this and earlier epochs. */
  offset: z.number(),
  /** First offset that the log still has. */
  logStart: z.number(),
  activity: Activity,
  /** What the program said last. */
  title: z.optional(z.string()),
  notification: z.optional(z.object({ text: z.string(), at: z.number() })),
  lastBellAt: z.optional(z.number()),
  /** E.g. the log can't be written. */
  warning: z.optional(z.string()),
});
export type HostSession = z.infer<typeof HostSession>;

const op = <K extends string, I extends z.ZodMiniType, O extends z.ZodMiniType>(name: K, input: I, output: O) => ({ name, input, output });
const Level = z.int().check(z.gte(0), z.lte(255));
/** Red, green, blue. */
const Rgb = z.tuple([Level, Level, Level]);
const One = z.object({ id: SessionId, epoch: Epoch });
const Listen = z.object({ address: z.string(), port: z.int(), hosts: z.array(z.string()), origins: z.array(z.string()) });

export const HOST_OPS = {
  /** First on every connection. */
  hello: op(
    "hello",
    z.object({ protocol: z.int(), nodeKey: PublicKey }),
    z.object({ protocol: z.int(), hostId: z.string(), version: z.string(), pid: z.int(), hostKey: PublicKey, startedAt: z.number(), listening: z.nullable(z.string()), sessions: z.array(HostSession), inherited: z.optional(z.boolean()) }),
  ),
  /** Asked every second: who answers lives. `groups`: sessions have control groups. */
  health: op("health", z.object({}), z.object({ running: z.int(), groups: z.boolean() })),
  /** Open the TCP listener; `hosts`: names that a Host header may have besides loopback. Answers the address it got. */
  listen: op("listen", Listen, z.object({ listening: z.string() })),
  /** The same with the listening socket that came from another host, if it is that of this address; otherwise null and no listener. */
  share: op("share", Listen, z.object({ listening: z.nullable(z.string()) })),
  /** Give the listening socket to the host that waits for it at the path. */
  pass: op("pass", z.object({ path: z.string() }), z.object({ passed: z.boolean() })),
  spawn: op(
    "spawn",
    z.object({
      id: SessionId,
      epoch: Epoch,
      argv: z.array(z.string()).check(z.minLength(1)),
      cwd: z.string(),
      /** The whole environment of the session. */
      env: z.record(z.string(), z.string()),
      size: Size,
      /** What a program is told that asks for the terminal's colours. */
      colors: z.optional(z.object({ foreground: Rgb, background: Rgb })),
      /** The session's directory: log segments, timing index, exit record. */
      dir: z.string(),
      /** The log keeps at least this many of the newest bytes, and at most a segment more. */
      logBytes: z.number(),
      /** Output offset that an earlier life reached, whether or not the log has it all. */
      begin: z.optional(z.number()),
    }),
    z.object({ pid: z.int(), startedAt: z.number() }),
  ),
  list: op("list", z.object({}), z.object({ sessions: z.array(HostSession) })),
  get: op("get", One, HostSession),
  /** As agents of earlier releases ask for it: at once, and without an id. */
  type: op(
    "type",
    z.object({ id: SessionId, epoch: Epoch, text: z.optional(z.string()), data: z.optional(z.string()), keys: z.optional(z.array(z.string())), enter: z.boolean() }),
    z.object({ receipt: z.enum(["queued", "written"]), bytes: z.int() }),
  ),
  /** What it shows now, or showed last; as many lines from `from` on as fit `bytes` of an answer. */
  screen: op(
    "screen",
    z.object({ id: SessionId, epoch: Epoch, scrollback: z.int(), join: z.boolean(), cells: z.boolean(), from: z.int(), bytes: z.int() }),
    z.object({ offset: z.number(), page: ScreenPage }),
  ),
  /** Up to `most` bytes of its output, base64, up to the next hole. `waitMs`: wait so long where there is nothing yet. */
  read: op(
    "read",
    z.object({ id: SessionId, epoch: Epoch, start: OutputStart, most: z.int(), waitMs: z.int() }),
    z.object({ from: z.number(), data: z.string(), gap: z.nullable(OutputGap), log: z.object({ start: z.number(), end: z.number() }), ended: z.boolean() }),
  ),
  /** Types when the conditions hold. `operation`: an id that the host remembers; known, it is answered, not typed again. */
  send: op(
    "send",
    z.extend(TypingConditions, { id: SessionId, epoch: Epoch, operation: z.optional(z.string()), text: z.optional(z.string()), data: z.optional(z.string()), keys: z.optional(z.array(z.string())), enter: z.boolean() }),
    Typed,
  ),
  resize: op("resize", z.object({ id: SessionId, epoch: Epoch, size: Size }), z.object({ size: Size })),
  /** Ends the whole process tree and answers when it is gone. */
  kill: op("kill", z.object({ id: SessionId, epoch: Epoch, signal: z.string(), graceMs: z.int() }), HostSession),
  /** Drop an ended session from memory. Its log is served from disk afterwards, see `open`. */
  forget: op("forget", One, z.object({})),
  /** Make an ended session's log on disk attachable again (logs, screen, attach to the last picture). */
  open: op("open", z.object({ id: SessionId, epoch: Epoch, dir: z.string(), size: Size, exit: z.nullable(SessionExit), startedAt: z.number(), endedAt: z.number() }), HostSession),
  /** Close every connection of a session's viewers, e.g. because a credential was revoked. */
  disconnect: op("disconnect", One, z.object({ closed: z.int() })),
  /**
   * Keep a connection to the hub's relay, through which viewers come who can't dial this node; null: let go of it when they
   * have left. `url`: of the hub's gateway; `relay`: the key it names itself by; `pass`: see wire/relay.ts. Answers what is so far.
   */
  relay: op(
    "relay",
    z.object({ relay: z.nullable(z.object({ url: z.string(), ca: z.optional(z.string()), relay: z.string(), pass: z.object({ p: z.string(), s: z.string(), j: z.optional(z.string()) }) })) }),
    z.object({ connected: z.boolean(), detail: z.optional(z.string()) }),
  ),
  /**
   * Whom the fleet believes now: attaches by credentials that were taken back are closed, and none comes back. Kept until it is said
   * anew. `revoked`: of a caller's credentials those issued up to this second.
   */
  believe: op("believe", z.object({ revoked: z.record(z.string(), z.int()), issuers: z.array(z.string()) }), z.object({ closed: z.int() })),
  /**
   * What an agent says of itself. `seq`: rises with the time of the report; one that comes late is not taken. `soft`: doesn't end a
   * block, nor, when it says idle, what is done and not seen yet.
   */
  report: op(
    "report",
    z.object({ id: SessionId, epoch: Epoch, state: ActivityState, reason: z.optional(z.string()), message: z.optional(z.string()), seq: z.number(), soft: z.optional(z.boolean()) }),
    z.object({ taken: z.boolean(), activity: Activity }),
  ),
  /** How known agents are read from what they show. Replaces what was told before. */
  rules: op("rules", z.object({ agents: z.array(AgentRules) }), z.object({})),
  /** Leave when the last session has ended; at once with `kill`, which ends them first. */
  retire: op("retire", z.object({ kill: z.boolean(), graceMs: z.int() }), z.object({ running: z.int() })),
} as const;
export type HostOp = keyof typeof HOST_OPS;
export type HostInput<K extends HostOp> = z.output<(typeof HOST_OPS)[K]["input"]>;
export type HostOutput<K extends HostOp> = z.output<(typeof HOST_OPS)[K]["output"]>;

export const HostRequest = z.object({ n: z.int(), op: z.string(), input: z.unknown() });
export type HostRequest = z.infer<typeof HostRequest>;

export const HostAnswer = z.object({ n: z.int(), result: z.optional(z.unknown()), error: z.optional(ErrorRecord) });
export type HostAnswer = z.infer<typeof HostAnswer>;

/** What the host tells without being asked: an ended session, and changes worth a record. */
export const HostEvent = z.discriminatedUnion("event", [
  z.object({ event: z.literal("ended"), session: HostSession }),
  z.object({ event: z.literal("changed"), session: HostSession }),
  z.object({ event: z.literal("signal"), id: SessionId, epoch: Epoch, signal: TerminalSignal }),
]);
export type HostEvent = z.infer<typeof HostEvent>;
