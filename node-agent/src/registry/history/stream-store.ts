// The fleet's history in a JetStream stream: registries share it, and it outlives them. A line is a subject; an event is stored
// only where its line still ends as its registry believes, so that of two registries one stores it and the other learns of it.
import { createHash, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { EventRecord } from "@fleetwire/shared/bus";
import { FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import type { FleetName } from "@fleetwire/shared/ids";
import { readStream, type Connection, type Log } from "../../fleet/index.ts";
import { BOUNDS, type EntrySink, type HistoryStore, type LineEnd } from "./types.ts";

const API_MS = 3_000;
/** How long the store itself knows an event's id. */
const SAME_MS = 10 * 60_000;
/** Codes of the server: the line has another end; no message found. */
const MOVED = 10071;
const NOT_FOUND = 10037;

/** The line on which registries tell each other to look at the stream's description. */
const RENAMED = "renamed";

type Manager = Awaited<ReturnType<Connection["jetstreamManager"]>>;

type Info = Awaited<ReturnType<Manager["streams"]["info"]>>;

interface Attached {
  readonly connection: Connection;
  readonly manager: Manager;
}

export interface StreamStore extends HistoryStore {
  /** Reads on over a new connection. @returns false when there is no JetStream for it, or no right to it */
  attach(connection: Connection, tries: number): Promise<boolean>;
  /** All that is stored has been read, and what comes is. */
  isCurrent(): boolean;
}

export function createStreamStore(fleet: FleetName, sink: EntrySink, log: Log): StreamStore {
  const stream = `fleet-events-${fleet}`;
  const prefix = `fleet-events.${fleet}.`;
  const ends = new Map<string, LineEnd>();
  let attached: Attached | undefined;
  let created = "";
  let last = 0;
  let lastText = "";

  async function open(connection: Connection): Promise<void> {
    const manager = await connection.jetstreamManager({ timeout: API_MS });
    const info = await found(manager, stream, prefix);
    await mayPublish(connection, prefix);
    // A stream that has not what was read of it lost what others know, and gives its numbers again.
    const isShorter = info.created === created && last > 0 && !(await has(manager, info.state.first_seq));
    if (info.created !== created || isShorter) {
      created = info.created;
      last = 0;
      ends.clear();
      sink.begin(isShorter ? await another(connection, manager, info) : epochOf(info));
    } else sink.rename(epochOf(info));
    await read(connection, info.state.last_seq);
    attached = { connection, manager };
  }

  /** All registries are told that the numbers mean something else now: the stream's description is part of its epoch. */
  async function another(connection: Connection, manager: Manager, { config }: Info): Promise<string> {
    const next = await manager.streams.update(stream, { ...config, description: randomBytes(6).toString("base64url") });
    await connection.jetstream({ timeout: API_MS }).publish(prefix + RENAMED, "");
    return epochOf(next);
  }

  /** The last message that was read is there still, or is older than what is kept. */
  async function has(manager: Manager, firstSeq: number): Promise<boolean> {
    if (last < firstSeq) return true;
    try {
      return (await manager.streams.getMessage(stream, { seq: last })).string() === lastText;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return false;
    }
  }

  /** Answers when what was there has been read; what comes is read on. */
  async function read(connection: Connection, upTo: number): Promise<void> {
    let ready = () => {};
    const complete = new Promise<void>((resolve) => (ready = resolve));
    const from = last + 1;
    const messages = await readStream(connection, `${prefix}>`, from, API_MS);
    void (async () => {
      for await (const message of messages) {
        take(message.subject, message.seq, Math.floor(message.info.timestampNanos / 1e6), message.string());
        if (message.seq >= upTo || message.info.pending === 0) ready();
      }
    })()
      .catch((error: unknown) => log.debug({ reason: String(error) }, "the history's reader ended"))
      .finally(() => ready());
    if (upTo >= from) await Promise.race([complete, sleep(10_000, undefined, { ref: false })]);
  }

  function take(subject: string, seq: number, storedAt: number, text: string): void {
    if (seq <= last) return;
    last = seq;
    lastText = text;
    if (subject === prefix + RENAMED) void attached?.manager.streams.info(stream).then((info) => sink.rename(epochOf(info)), (error: unknown) => log.debug({ reason: String(error) }, "the history's epoch is not known"));
    const event = readEvent(text);
    if (event === undefined) return;
    const line = subject.slice(prefix.length);
    if ((ends.get(line)?.seq ?? 0) <= seq) ends.set(line, { seq, event });
    sink.add({ seq, storedAt, event, bytes: Buffer.byteLength(text) });
  }

  function now(): Attached {
    if (attached === undefined || attached.connection.isClosed()) throw new FleetError("nats-unreachable", "the history's store is not connected");
    return attached;
  }

  async function stored(line: string): Promise<LineEnd> {
    try {
      const message = await now().manager.streams.getMessage(stream, { last_by_subj: prefix + line });
      return { seq: message.seq, event: readEvent(message.string()) };
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return { seq: 0, event: ends.get(line)?.event };
    }
  }

  return {
    isCurrent: () => attached?.connection.isClosed() === false,
    async attach(connection, tries) {
      for (let left = tries; ; left--) {
        try {
          await open(connection);
          return true;
        } catch (error) {
          if (left > 1 && !connection.isClosed()) await sleep(500);
          else {
            log.warn({ reason: error instanceof Error ? error.message : String(error) }, "the history has no JetStream");
            return false;
          }
        }
      }
    },
    async end(line, fresh = false) {
      const known = ends.get(line);
      if (known !== undefined && !fresh) return known;
      // All that is stored was read, or is being read: only what moved since has to be asked for.
      if (!fresh) return { seq: 0, event: undefined };
      const end = await stored(line);
      // Also where it was further before: a server that is killed loses what it had not written yet.
      ends.set(line, end);
      return end;
    },
    async append(line, id, event, end) {
      try {
        const { seq, duplicate } = await now().connection.jetstream({ timeout: API_MS }).publish(prefix + line, JSON.stringify(event), { msgID: id, expect: { lastSubjectSequence: end.seq } });
        // Stored before, by another registry or by this one without hearing of it: where the line ends has to be asked.
        if (duplicate) return "moved";
        ends.set(line, { seq, event });
        return "stored";
      } catch (error) {
        if (codeOf(error) === MOVED) return "moved";
        throw error;
      }
    },
  };
}

function epochOf({ created, config }: Info): string {
  return createHash("sha256").update(`${created} ${config.description ?? ""}`).digest("base64url").slice(0, 12);
}

async function found(manager: Manager, name: string, prefix: string) {
  const wanted = { name, subjects: [`${prefix}>`], max_msgs: BOUNDS.count, max_bytes: BOUNDS.bytes, max_age: BOUNDS.age * 1e6, duplicate_window: SAME_MS * 1e6 };
  try {
    return await manager.streams.info(name);
  } catch {
    // Two registries may want it in the same moment: who is second finds it made.
    return manager.streams.add(wanted).catch(() => manager.streams.info(name));
  }
}

/** A hub of an older release didn't give its registry the right. Nothing is stored: no line ends there. */
async function mayPublish(connection: Connection, prefix: string): Promise<void> {
  try {
    await connection.jetstream({ timeout: API_MS }).publish(`${prefix}probe`, "", { expect: { lastSubjectSequence: Number.MAX_SAFE_INTEGER } });
  } catch (error) {
    if (codeOf(error) !== MOVED) throw error;
  }
}

/** Older servers say it in words only. */
const isNotFound = (error: unknown): boolean => codeOf(error) === NOT_FOUND || /no message found/.test(String(error));

function codeOf(error: unknown): number | undefined {
  return (error as { api_error?: { err_code?: number } }).api_error?.err_code;
}

function readEvent(text: string): EventRecord | undefined {
  try {
    return parseOr(EventRecord, parseJson(text, "an event"), "an event");
  } catch {
    return undefined;
  }
}
