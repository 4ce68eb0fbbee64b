// Rows outlive the registry in a JetStream key-value bucket: a cache and a log, never the truth. Without JetStream they live
// in memory only. Writes are batched; a row whose sessions are too many for one message is kept in pieces.
import { setTimeout as sleep } from "node:timers/promises";
import { BEAT_MS, NodeRecord, SessionRecord } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { NodeName, PoolName, PublicKey } from "@fleetwire/shared/ids";
import * as z from "zod/mini";
import type { Connection, Log } from "../fleet/index.ts";
import { newRow, type Row } from "./row.ts";

const BUCKET = "nodes";
/** The key of an empty value that says how far somebody has read. */
const MARK = "mark";
const WRITE_MS = 500;
const RETRY_MS = 500;
/** What waited behind the mark comes within this, or was replaced by what comes later. */
const BEHIND_MS = 250;
const SEEN_MS = 5_000;
const PIECE = 300_000;
const SEEN_PER_VALUE = 5_000;

const KeptRow = z.object({
  key: PublicKey, name: NodeName, pool: PoolName, inst: z.string(), epoch: z.number(), beatSeq: z.int(), beatMs: z._default(z.number(), BEAT_MS), eventSeq: z.int(), rev: z.int(), heardAt: z.number(), gone: z.boolean(),
  record: z.optional(NodeRecord),
  beat: z.optional(z.object({ load: z.number(), run: z.int(), total: z.int(), drain: z.optional(z.boolean()), mem: z.optional(z.int()) })),
  pieces: z.int(),
});
/** When each node was last heard: one small value for thousands of nodes, so that beats don't rewrite rows. */
const Seen = z.record(z.string(), z.number());

/** The part of the client's key-value bucket that is used. */
export type Bucket = Awaited<ReturnType<ReturnType<Connection["jetstream"]>["views"]["kv"]>>;
type Entry = Awaited<ReturnType<Bucket["watch"]>> extends AsyncIterable<infer Item> ? Item : never;

export interface Keep extends AsyncDisposable {
  /** Rows as they were kept, read again over the next connection when one is lost. None when the signal is aborted before. */
  load(signal: AbortSignal): Promise<Row[]>;
  changed(row: Row): void;
  forget(key: string): void;
}

/**
 * @param tries a server that has just started greets before its JetStream answers
 * @returns undefined when the account has no JetStream
 */
export async function openBucket(connection: Connection, tries: number, log: Log, name = BUCKET): Promise<Bucket | undefined> {
  for (let left = tries; ; left--) {
    try {
      return await connection.jetstream({ timeout: 3_000 }).views.kv(name, { history: 1 });
    } catch (error) {
      if (left > 1) await sleep(500);
      else {
        log.warn({ reason: error instanceof Error ? error.message : String(error) }, "no JetStream: rows are kept in memory only");
        return undefined;
      }
    }
  }
}

/** @param bucket of the connection that works now */
export function createKeep(bucket: () => Bucket, rows: () => Iterable<Row>, log: Log): Keep {
  const dirty = new Map<string, Row>();
  const gone = new Set<string>();
  const pieces = new Map<string, number>();
  let seenAt = 0;
  let isLoaded = false;
  let writing: Promise<void> = Promise.resolve();
  const timer = setInterval(() => void (writing = writing.then(write)), WRITE_MS);

  async function write(): Promise<void> {
    // What is kept is not overwritten by somebody who doesn't know it yet.
    if (!isLoaded) return;
    try {
      for (const [key, row] of dirty) {
        dirty.delete(key);
        await writeRow(row);
      }
      for (const key of gone) {
        gone.delete(key);
        await removeRow(key);
      }
      if (Date.now() - seenAt >= SEEN_MS) await writeSeen();
    } catch (error) {
      log.debug({ reason: error instanceof Error ? error.message : String(error) }, "rows were not kept this time");
    }
  }

  async function writeRow(row: Row): Promise<void> {
    const texts = piecesOf([...row.sessions.values()]);
    for (const [at, text] of texts.entries()) await bucket().put(`${row.key}.${at}`, text);
    const { sessions: _, ...rest } = row;
    await bucket().put(row.key, JSON.stringify({ ...rest, pieces: texts.length }));
    for (let at = texts.length; at < (pieces.get(row.key) ?? 0); at++) await bucket().delete(`${row.key}.${at}`);
    pieces.set(row.key, texts.length);
  }

  async function removeRow(key: string): Promise<void> {
    await bucket().purge(key);
    for (let at = 0; at < (pieces.get(key) ?? 0); at++) await bucket().purge(`${key}.${at}`);
    pieces.delete(key);
  }

  async function writeSeen(): Promise<void> {
    seenAt = Date.now();
    const all = [...rows()].map(({ key, heardAt }) => [key, heardAt] as const);
    for (let at = 0; at * SEEN_PER_VALUE < all.length; at++) {
      await bucket().put(`seen.${at}`, JSON.stringify(Object.fromEntries(all.slice(at * SEEN_PER_VALUE, (at + 1) * SEEN_PER_VALUE))));
    }
  }

  async function load(signal: AbortSignal): Promise<Row[]> {
    while (!signal.aborted) {
      try {
        const rows = rowsOf(await everything(bucket()));
        isLoaded = true;
        return rows;
      } catch (error) {
        log.warn({ reason: error instanceof Error ? error.message : String(error) }, "rows can't be read yet");
        await sleep(RETRY_MS);
      }
    }
    return [];
  }

  function rowsOf(values: ReadonlyMap<string, string>): Row[] {
    const seen = new Map([...values].filter(([key]) => key.startsWith("seen.")).flatMap(([, text]) => Object.entries(Seen.safeParse(json(text)).data ?? {})));
    return [...values].flatMap(([key, text]) => {
      if (key.includes(".")) return [];
      const kept = KeptRow.safeParse(json(text));
      if (!kept.success) return [];
      const { pieces: count, ...fields } = kept.data;
      pieces.set(key, count);
      const row: Row = Object.assign(newRow(fields.key, fields.name, fields.pool), fields, { heardAt: Math.max(fields.heardAt, seen.get(key) ?? 0) });
      for (let at = 0; at < count; at++) {
        const sessions = z.array(SessionRecord).safeParse(json(values.get(`${key}.${at}`) ?? ""));
        // A piece that is missing or of another version: what is there is shown, and the node is asked.
        if (!sessions.success) row.rev = -1;
        for (const session of sessions.data ?? []) row.sessions.set(session.id, session);
      }
      return [row];
    });
  }

  return {
    load,
    changed: (row) => void dirty.set(row.key, row),
    forget(key) {
      dirty.delete(key);
      gone.add(key);
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await writing;
      seenAt = 0;
      await write();
    },
  };
}

/**
 * The bucket as it is now. The client's own sign that all was read doesn't come when a connection is lost or the last value is
 * replaced meanwhile, so a mark is written: at the mark, when nothing more waits, all has been read. What was replaced before it
 * was read comes behind the mark.
 * @throws FleetError `nats-unreachable`
 */
async function everything(bucket: Bucket): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  const watch = await bucket.watch();
  try {
    const marked = bucket.put(MARK, "");
    // A mark that can't be written ends the reading, and is thrown below.
    marked.catch(() => watch.stop());
    const entries = watch[Symbol.asyncIterator]();
    for (let passed = false; ; ) {
      const next: IteratorResult<Entry> | undefined = await Promise.race([entries.next(), ...(passed ? [sleep(BEHIND_MS, undefined)] : [])]);
      if (next === undefined) return values;
      if (next.done === true) break;
      const entry: Entry = next.value;
      if (entry.operation === "PUT") values.set(entry.key, entry.string());
      else values.delete(entry.key);
      // Another registry's mark is as good when it is a later one.
      passed ||= entry.key === MARK && entry.revision >= (await marked);
      if (passed && entry.delta === 0) return values;
    }
    await marked;
  } finally {
    watch.stop();
  }
  throw new FleetError("nats-unreachable", "the connection was lost while rows were read");
}

function piecesOf(sessions: readonly SessionRecord[]): string[] {
  const pieces: string[] = [];
  let current: string[] = [];
  let size = 0;
  for (const text of sessions.map((session) => JSON.stringify(session))) {
    if (size + Buffer.byteLength(text) > PIECE && current.length > 0) {
      pieces.push(`[${current.join(",")}]`);
      current = [];
      size = 0;
    }
    current.push(text);
    size += Buffer.byteLength(text);
  }
  return current.length === 0 ? pieces : [...pieces, `[${current.join(",")}]`];
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
