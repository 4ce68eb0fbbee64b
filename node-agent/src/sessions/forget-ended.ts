// Ended sessions leave their host's memory after a while; their logs are opened again from disk when somebody looks.
import { setTimeout as sleep } from "node:timers/promises";
import { hasEnded } from "@fleetwire/shared/domain";
import type { Core } from "./core.ts";

const LOOK_MS = 15_000;
const KEEP_MS = 60_000;
/** However short ago: no more ended ones than this are kept in memory. */
const KEEP_AT_MOST = 50;

/** Runs until the agent stops. */
export async function keepForgetting(core: Core): Promise<void> {
  const seen = new Map<string, number>();
  while (!core.over.aborted) {
    await sleep(LOOK_MS, undefined, { signal: core.over }).catch(() => undefined);
    if (core.over.aborted) return;
    await forgetEnded(core, seen).catch((error: unknown) => core.log.warn({ err: error }, "ended sessions could not be dropped from memory"));
  }
}

/** @param seen when each ended life was first seen in memory; kept by the caller between looks */
async function forgetEnded(core: Core, seen: Map<string, number>): Promise<void> {
  const present = new Set<string>();
  for (const host of core.pool.all()) {
    const { sessions } = await host.call("list", {});
    const ended = sessions.filter((session) => !session.running).sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0));
    for (const [place, session] of ended.entries()) {
      const key = `${session.id} ${session.epoch}`;
      present.add(key);
      // Counted from when it is first seen, so that one opened again for a viewer stays a while.
      const since = seen.get(key) ?? core.now();
      seen.set(key, since);
      const row = core.store.sessions.get(session.id);
      const written = row === undefined || row.epoch !== session.epoch || hasEnded(row.state);
      const isRead = session.attached > 0 || (session.readers ?? 0) > 0;
      // What the disk has not taken yet is in memory only.
      const isUnwritten = session.warning !== undefined && place < KEEP_AT_MOST;
      if (!written || isRead || isUnwritten || (core.now() - since < KEEP_MS && place < KEEP_AT_MOST)) continue;
      await host.call("forget", { id: session.id, epoch: session.epoch });
      core.live.delete(session.id);
      present.delete(key);
    }
  }
  for (const key of seen.keys()) if (!present.has(key)) seen.delete(key);
}
