// Records as a model gets them: what it needs to decide, none of it of unbounded length.
import { ACTIVITY_STATES, SESSION_STATES, type NodeRecord, type SessionRecord } from "@fleetwire/shared/domain";
import * as z from "zod/mini";

const WORD = 400;
const WORDS = 64;
const LINE = 300;

export const SessionBrief = z.object({
  target: z.string(),
  name: z.nullable(z.string()),
  tags: z.array(z.string()),
  command: z.array(z.string()).check(z.describe("the argument vector; long ones are shortened")),
  state: z.enum(SESSION_STATES).check(z.describe("starting and running are alive; exited, killed, failed and lost have ended")),
  exit: z.nullable(z.object({ code: z.optional(z.number()), signal: z.optional(z.string()), reason: z.optional(z.string()) })),
  activity: z.object({ state: z.enum(ACTIVITY_STATES).check(z.describe("blocked: waits for an answer; done: has finished its task; idle: rests; working: prints or computes")), reason: z.optional(z.string()), evidence: z.optional(z.string()), at: z.string() }),
  title: z.optional(z.string()),
  createdAt: z.string(),
  endedAt: z.nullable(z.string()),
  lastOutputAt: z.nullable(z.string()),
  outputBytes: z.number().check(z.describe("printed since its start: the offset of its end")),
  warning: z.optional(z.string()),
  self: z.optional(z.boolean().check(z.describe("the session that you run in yourself"))),
});

export const SessionFull = z.extend(SessionBrief, {
  node: z.string(),
  id: z.number(),
  cwd: z.string(),
  pid: z.nullable(z.number()),
  size: z.object({ cols: z.number(), rows: z.number() }),
  attached: z.number().check(z.describe("people looking at it now")),
  startedAt: z.nullable(z.string()),
  restart: z.optional(z.string()),
  gpus: z.optional(z.array(z.object({ uuid: z.string(), name: z.string(), vendor: z.string(), index: z.number() }))),
  notification: z.optional(z.object({ text: z.string(), at: z.string() })),
});

/** @param self target of the session this server runs in */
export function briefOf(session: SessionRecord, self?: string): z.infer<typeof SessionBrief> {
  const { target, name, tags, state, exit, activity, createdAt, endedAt, lastOutputAt, outputBytes } = session;
  return {
    target, name, tags, state, exit, createdAt, endedAt, lastOutputAt, outputBytes,
    command: shortened(session.command),
    activity: { state: activity.state, at: activity.at, ...some("reason", activity.reason), ...some("evidence", activity.evidence) },
    ...some("title", session.title === "" ? undefined : session.title),
    ...some("warning", session.warning),
    ...(target === self ? { self: true } : {}),
  };
}

/** @param self target of the session this server runs in */
export function fullOf(session: SessionRecord, self?: string): z.infer<typeof SessionFull> {
  const { node, id, cwd, pid, size, attached, startedAt, restart, gpus, notification } = session;
  return {
    ...briefOf(session, self), node, id, cwd, pid, size, attached, startedAt,
    ...(restart === undefined ? {} : { restart }),
    ...(gpus === undefined ? {} : { gpus }),
    ...(notification === undefined ? {} : { notification: { at: notification.at, text: line(notification.text) } }),
  };
}

const some = <K extends string>(key: K, text: string | undefined) => (text === undefined ? {} : { [key]: line(text) }) as { [k in K]?: string };
const line = (text: string) => (text.length > LINE ? `${text.slice(0, LINE)}…` : text);

function shortened(command: readonly string[]): string[] {
  const words = command.slice(0, WORDS).map((word) => (word.length > WORD ? `${word.slice(0, WORD)}… (${word.length} characters)` : word));
  return command.length > WORDS ? [...words, `… (${command.length} words)`] : words;
}

export const NodeBrief = z.object({
  name: z.string(),
  state: z.enum(["live", "suspect", "unreachable"]).check(z.describe("by how long ago it was heard; its sessions go on in any case")),
  ageMs: z.number().check(z.describe("milliseconds since it was heard")),
  version: z.string(),
  labels: z.record(z.string(), z.string()),
  platform: z.string(),
  cpus: z.number(),
  memoryBytes: z.number(),
  memoryFreeBytes: z.optional(z.number()),
  gpus: z.object({ total: z.number(), free: z.number(), models: z.array(z.string()) }),
  load: z.number().check(z.describe("one-minute load average")),
  sessions: z.object({ running: z.number(), total: z.number() }),
  draining: z.boolean().check(z.describe("takes no new sessions")),
  warning: z.optional(z.string()),
});

export function nodeOf({ name, state, ageMs, version, labels, platform, resources, load, sessions, draining, warning }: NodeRecord): z.infer<typeof NodeBrief> {
  const { cpus, memoryBytes, memoryFreeBytes, gpus } = resources;
  return {
    name, state, ageMs, version, labels, platform, cpus, memoryBytes, load, sessions, draining,
    ...(memoryFreeBytes === undefined ? {} : { memoryFreeBytes }),
    gpus: { total: gpus.length, free: gpus.filter(({ free }) => free).length, models: [...new Set(gpus.map((gpu) => gpu.name))] },
    ...some("warning", warning),
  };
}

/** As many from the start as fit into so many characters of JSON; at least one. */
export function fitting<T>(items: readonly T[], maxChars: number): readonly T[] {
  let room = maxChars;
  const end = items.findIndex((item, at) => (room -= JSON.stringify(item).length) < 0 && at > 0);
  return end < 0 ? items : items.slice(0, end);
}

/** `b:3 worker running, blocked: asks for permission` */
export function sessionLine({ target, name, state, exit, activity }: z.infer<typeof SessionBrief>): string {
  const how = exit?.signal ?? exit?.reason ?? (state === "exited" ? exit?.code : undefined);
  const doing = state === "running" && activity.state !== "unknown" ? `, ${activity.state}${activity.reason === undefined ? "" : `: ${activity.reason}`}` : "";
  return `${target}${name === null ? "" : ` ${name}`} ${state}${how === undefined ? "" : ` ${how}`}${doing}`;
}
