// Asking a node for what was not heard: its record, and its sessions page by page.
import { nodeGet, sessionList, subjects, type FleetEvent, type InputOf } from "@fleetwire/shared/bus";
import type { SessionRecord } from "@fleetwire/shared/domain";
import { FleetError, parseRows } from "@fleetwire/shared/errors";
import type { FleetName, PublicKey } from "@fleetwire/shared/ids";
import type { KeyPair } from "@fleetwire/shared/keys";
import { ask, type Connection, type Log } from "../fleet/index.ts";
import { apply, type Row, settleDoubt } from "./row.ts";
import { readRecord } from "./read-record.ts";

/** Nodes asked at the same time. */
const AT_ONCE = 32;
const PAGE = 200;
const ASK_MS = 5_000;
/** A change and its event cross the wire one after the other: an event on its way is waited for before anything is asked. */
const SETTLE_MS = 300;

export interface SyncDeps {
  readonly fleet: FleetName;
  readonly key: KeyPair;
  readonly jwt?: string;
  readonly connection: () => Connection | undefined;
  readonly onSynced: (row: Row) => void;
  readonly log: Log;
}

export interface Sync extends Disposable {
  /** Soon; once for several calls. */
  want(row: Row): void;
  /** What happens while the node is asked is put on top of its answer. */
  during(row: Row, event: FleetEvent): void;
  /** Nodes that are to be asked. */
  waiting(): number;
  /** One question to a node. @throws FleetError */
  ask(row: Row, verb: string, body: unknown): Promise<unknown>;
}

export function createSync(deps: SyncDeps): Sync {
  const wanted = new Map<string, NodeJS.Timeout>();
  const queue: Row[] = [];
  const running = new Map<string, FleetEvent[]>();
  let stopped = false;

  function want(row: Row): void {
    if (stopped || wanted.has(row.key) || running.has(row.key)) return;
    wanted.set(row.key, setTimeout(() => enqueue(row), SETTLE_MS));
  }
  function enqueue(row: Row): void {
    queue.push(row);
    next();
  }
  function next(): void {
    while (running.size < AT_ONCE && !stopped) {
      const row = queue.shift();
      if (row === undefined) return;
      wanted.delete(row.key);
      running.set(row.key, []);
      void syncRow(row)
        .catch((error: unknown) => deps.log.debug({ node: row.name, code: FleetError.from(error).code }, "a node did not give its list"))
        .finally(() => {
          running.delete(row.key);
          next();
        });
    }
  }

  async function syncRow(row: Row): Promise<void> {
    const { inst } = row;
    const record = readRecord(row, await question(row, nodeGet.verb, {}));
    settleDoubt(row, Date.parse(record.startedAt));
    const sessions = new Map<number, SessionRecord>();
    let rev: number | undefined;
    let after: number | undefined;
    for (let limit = PAGE; ; ) {
      const page = await pageOf(row, { after, limit });
      if (page === "too-large") {
        if (limit === 1) throw new FleetError("too-large", "one session alone is too large for a message");
        limit = Math.max(1, Math.floor(limit / 4));
        continue;
      }
      rev ??= page.rev;
      for (const session of page.sessions) sessions.set(session.id, session);
      after = page.sessions.at(-1)?.id;
      if (!page.more || after === undefined) break;
    }
    // The answer is another life's when the agent was restarted meanwhile: its first beat asks again.
    if (row.inst !== inst) return;
    row.record = record;
    row.sessions = sessions;
    row.rev = rev ?? 0;
    for (const event of running.get(row.key) ?? []) {
      if (event.rev <= row.rev) continue;
      apply(row, event);
      row.rev = event.rev;
    }
    deps.onSynced(row);
  }

  async function pageOf(row: Row, input: InputOf<typeof sessionList>) {
    try {
      const { data, left } = parseRows(sessionList.output, await question(row, sessionList.verb, input), "the node's sessions");
      for (const session of left) deps.log.warn({ node: row.name, version: row.record?.version, session }, "a session of another release can't be read here, and is not listed");
      return data;
    } catch (error) {
      if (error instanceof FleetError && error.code === "too-large") return "too-large" as const;
      throw error;
    }
  }

  async function question(row: Row, verb: string, body: unknown): Promise<unknown> {
    const connection = deps.connection();
    if (connection === undefined) throw new FleetError("nats-unreachable", "not connected");
    const { fleet, key, jwt } = deps;
    return ask(connection, { subject: subjects.request(fleet, row.pool, row.key, verb, key.publicKey as PublicKey), target: row.key, verb, body, key, jwt, signers: [row.key], timeoutMs: ASK_MS });
  }

  return {
    want,
    waiting: () => wanted.size,
    ask: question,
    during: (row, event) => void running.get(row.key)?.push(event),
    [Symbol.dispose]() {
      stopped = true;
      for (const timer of wanted.values()) clearTimeout(timer);
    },
  };
}
