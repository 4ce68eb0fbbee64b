import * as z from "zod/mini";
import { GpuWish, LeasedGpu, RestartPolicy, SessionExit, SessionState } from "@fleetwire/shared/domain";
import { Epoch, SessionId, SessionName, Tag } from "@fleetwire/shared/ids";
import type { Connection, Statement } from "./connection.ts";
import { jsonColumn } from "./json-column.ts";

/** The GPUs that a session asked for, and those it holds. They are its own as long as it runs: an ended one holds none. */
export const SessionGpus = z.object({ wish: GpuWish, held: z.array(LeasedGpu) });
export type SessionGpus = z.infer<typeof SessionGpus>;

/** A session as the node owns it. Times are milliseconds since 1970. What only its host knows now is not here. */
const Row = z.object({
  id: SessionId,
  name: z.nullable(SessionName),
  tags: jsonColumn(z.array(Tag)),
  command: jsonColumn(z.array(z.string())),
  cwd: z.string(),
  state: SessionState,
  exit: z.nullable(jsonColumn(SessionExit)),
  pid: z.nullable(z.int()),
  cols: z.int(),
  rows: z.int(),
  created_at: z.number(),
  started_at: z.nullable(z.number()),
  ended_at: z.nullable(z.number()),
  last_output_at: z.nullable(z.number()),
  output_bytes: z.number(),
  log_start: z.number(),
  restart: RestartPolicy,
  restart_command: z.nullable(jsonColumn(z.array(z.string()))),
  /** When the policy starts it again. */
  restart_at: z.nullable(z.number()),
  /** Restarts by policy since it last ran well. */
  restarts: z.int(),
  /** A person asked for its end: no policy brings it back. */
  kill_requested: z.int(),
  launched_by: z.nullable(z.string()),
  host_id: z.nullable(z.string()),
  epoch: Epoch,
  /** Its environment without the identity variables, for a restart. */
  env: jsonColumn(z.record(z.string(), z.string())),
  warning: z.nullable(z.string()),
  gpus: z.nullable(jsonColumn(SessionGpus)),
});
export type SessionRow = z.infer<typeof Row>;

const Holder = z.object({ id: SessionId, gpus: jsonColumn(SessionGpus) });

const JSON_COLUMNS: ReadonlySet<string> = new Set(["tags", "command", "exit", "restart_command", "env", "gpus"]);

export interface SessionsTable {
  insert(row: SessionRow): void;
  update(id: SessionId, change: Partial<Omit<SessionRow, "id">>): void;
  get(id: SessionId): SessionRow | undefined;
  byName(name: string): SessionRow | undefined;
  /** By id, oldest first. */
  all(): SessionRow[];
  inStates(states: readonly SessionState[]): SessionRow[];
  /** Those that run or start and asked for GPUs. */
  holders(): { session: SessionId; held: readonly LeasedGpu[] }[];
  /** Ended ones whose policy starts them again by now. */
  dueForRestart(now: number): SessionId[];
  /** When the next one is due, milliseconds since 1970. */
  nextRestart(): number | undefined;
  count(): { running: number; total: number };
  /** That run or are starting in a host. */
  runningIn(hostId: string): number;
  remove(id: SessionId): void;
}

export function sessionsTable(database: Connection): SessionsTable {
  const columns = Object.keys(Row.shape);
  const insert = database.prepare(`INSERT INTO sessions (${columns.join(", ")}) VALUES (${columns.map((column) => `@${column}`).join(", ")})`);
  const byId = database.prepare("SELECT * FROM sessions WHERE id = ?");
  const byName = database.prepare("SELECT * FROM sessions WHERE name = ?");
  const all = database.prepare("SELECT * FROM sessions ORDER BY id");
  const count = database.prepare("SELECT count(*) AS total, coalesce(sum(state IN ('starting', 'running')), 0) AS running FROM sessions");
  const runningIn = database.prepare("SELECT count(*) FROM sessions WHERE host_id = ? AND state IN ('starting', 'running')").pluck();
  const due = database.prepare("SELECT id FROM sessions WHERE restart_at <= ? AND state NOT IN ('starting', 'running') ORDER BY restart_at").pluck();
  const next = database.prepare("SELECT min(restart_at) FROM sessions WHERE state NOT IN ('starting', 'running')").pluck();
  const holders = database.prepare("SELECT id, gpus FROM sessions WHERE gpus IS NOT NULL AND state IN ('starting', 'running')");
  const remove = database.prepare("DELETE FROM sessions WHERE id = ?");
  /** One statement for each set of columns that the code changes together. */
  const updates = new Map<string, Statement>();
  const one = (row: unknown) => database.parsed(() => Row.parse(row));
  const read = (row: unknown) => (row === undefined ? undefined : one(row));
  return {
    insert: (row) => void insert.run(toColumns(row)),
    update(id, change) {
      const names = Object.keys(change);
      if (names.length === 0) return;
      const key = names.join();
      const update = updates.get(key) ?? database.prepare(`UPDATE sessions SET ${names.map((name) => `${name} = @${name}`).join(", ")} WHERE id = @id`);
      updates.set(key, update);
      update.run({ ...toColumns(change), id });
    },
    get: (id) => read(byId.get(id)),
    byName: (name) => read(byName.get(name)),
    all: () => all.all().map(one),
    inStates: (states) => database.prepare(`SELECT * FROM sessions WHERE state IN (${states.map(() => "?").join(", ")}) ORDER BY id`).all(...states).map(one),
    holders: () => holders.all().map((row) => database.parsed(() => Holder.parse(row))).map(({ id, gpus }) => ({ session: id, held: gpus.held })),
    dueForRestart: (now) => due.all(now).map((id) => database.parsed(() => SessionId.parse(id))),
    nextRestart: () => z.nullable(z.number()).parse(next.get()) ?? undefined,
    count: () => z.object({ running: z.int(), total: z.int() }).parse(count.get()),
    runningIn: (hostId) => z.int().parse(runningIn.get(hostId)),
    remove: (id) => void remove.run(id),
  };
}

function toColumns(row: Partial<SessionRow>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value !== null && value !== undefined && JSON_COLUMNS.has(name) ? JSON.stringify(value) : (value ?? null)]));
}
