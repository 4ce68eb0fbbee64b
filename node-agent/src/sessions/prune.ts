// Ended sessions are not kept for ever: by a person's wish, and by the node's own bounds.
import { setTimeout as sleep } from "node:timers/promises";
import { statfs } from "node:fs/promises";
import type { InputOf, nodeStorage, OutputOf, sessionPrune } from "@fleetwire/shared/bus";
import { hasEnded } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { formatTarget } from "@fleetwire/shared/ids";
import type { SessionRow } from "../store/index.ts";
import type { Core } from "./core.ts";
import { inParallel } from "./in-parallel.ts";
import type { LogSizes } from "./log-sizes.ts";
import { overdue, type Bounds, type EndedSession } from "./overdue.ts";
import { removeOne } from "./remove.ts";

const LOOK_MS = 300_000;
const DAY_MS = 86_400_000;
/** Whoever waited for an end still finds it. */
const FRESH_MS = 60_000;
const AT_ONCE = 8;

type Pruned = OutputOf<typeof sessionPrune>;
type Candidate = EndedSession & { readonly row: SessionRow };

export function prune(core: Core, sizes: LogSizes, refresh: () => Promise<void>, { olderThanMs, keepBytes, keepCount, dryRun }: InputOf<typeof sessionPrune>): Promise<Pruned> {
  return sweep(core, sizes, refresh, { olderThanMs, bytes: keepBytes, count: keepCount }, { dryRun });
}

/** By the node's own bounds, at the start and then every five minutes. Runs until the agent stops. */
export async function keepWithinBounds(core: Core, sizes: LogSizes, refresh: () => Promise<void>): Promise<void> {
  while (!core.over.aborted) {
    const { keepDays, keepBytes, keepCount } = core.limits();
    const bounds = { olderThanMs: keepDays === 0 ? undefined : keepDays * DAY_MS, bytes: keepBytes || undefined, count: keepCount || undefined };
    try {
      if (Object.values(bounds).some((bound) => bound !== undefined)) await sweep(core, sizes, refresh, bounds, { reason: "retention" });
    } catch (error) {
      core.log.warn({ err: error }, "ended sessions could not be looked through");
    }
    await sleep(LOOK_MS, undefined, { signal: core.over }).catch(() => undefined);
  }
}

export async function storage(core: Core, sizes: LogSizes): Promise<OutputOf<typeof nodeStorage>> {
  const rows = core.store.sessions.all();
  const bytes = await sizes.of(rows);
  const part = (some: readonly SessionRow[]) => ({ sessions: some.length, bytes: some.reduce((sum, { id }) => sum + (bytes.get(id) ?? 0), 0) });
  const { logBytes, keepDays, keepBytes, keepCount } = core.limits();
  return {
    running: part(rows.filter(({ state }) => !hasEnded(state))),
    ended: part(rows.filter(({ state }) => hasEnded(state))),
    freeBytes: await statfs(core.stateDir).then(({ bavail, bsize }) => bavail * bsize, () => null),
    limits: { logBytes, keepDays, keepBytes, keepCount },
  };
}

async function sweep(core: Core, sizes: LogSizes, refresh: () => Promise<void>, bounds: Bounds, { dryRun = false, reason }: { dryRun?: boolean; reason?: string }): Promise<Pruned> {
  await refresh();
  const rows = core.store.sessions.all();
  const bytes = await sizes.of(rows);
  const ended: Candidate[] = rows
    .filter(({ state }) => hasEnded(state))
    .map((row) => ({ row, endedAt: row.ended_at ?? row.created_at, bytes: bytes.get(row.id) ?? 0, inUse: isInUse(core, row) || (reason !== undefined && core.now() - (row.ended_at ?? 0) < FRESH_MS) }));
  const answer: Pruned = { removed: [], failed: [] };
  await inParallel(overdue(ended, bounds, core.now()), AT_ONCE, async ({ row, endedAt, bytes: size }) => {
    const target = formatTarget(core.node.name(), { id: row.id });
    try {
      // The lock is waited for: it may have been restarted, or be looked at by now.
      if (!dryRun && !(await removeOne(core, row.id, { reason, unless: (now) => now.epoch !== row.epoch || isInUse(core, now) }))) return;
      answer.removed.push({ target, name: row.name, endedAt: new Date(endedAt).toISOString(), bytes: size });
    } catch (error) {
      const { code, message } = FleetError.from(error);
      answer.failed.push({ target, code, message });
    }
  });
  if (reason !== undefined && answer.removed.length > 0) core.log.info({ sessions: answer.removed.length, bytes: answer.removed.reduce((sum, { bytes: size }) => sum + size, 0) }, "ended sessions were removed to stay within the node's bounds");
  const [first] = answer.failed;
  if (first !== undefined) core.log.warn({ sessions: answer.failed.length, first }, "ended sessions could not be removed");
  return answer;
}

/** Somebody is attached to it or reads its log, or its policy brings it back. */
function isInUse(core: Core, row: SessionRow): boolean {
  const live = core.live.get(row.id);
  return row.restart_at !== null || (live?.epoch === row.epoch && live.attached + (live.readers ?? 0) > 0);
}
