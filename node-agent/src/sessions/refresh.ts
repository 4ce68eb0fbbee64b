// What hosts know now. A list asks each host once for all, and not more often than people can look.
import type { SessionRow } from "../store/index.ts";
import type { Core } from "./core.ts";
import type { HostClient } from "./host-client.ts";

const FRESH_MS = 100;
/** A host that doesn't answer in this time is shown with what it said last. */
const PATIENCE_MS = 1_500;

export function createRefresh(core: Core): () => Promise<void> {
  let last: { at: number; work: Promise<void> } | undefined;
  return () => {
    if (last === undefined || core.now() - last.at > FRESH_MS) {
      const work = Promise.all(core.pool.all().map((host) => refreshHost(core, host))).then(() => undefined);
      last = { at: core.now(), work };
    }
    return last.work;
  };
}

async function refreshHost(core: Core, host: HostClient): Promise<void> {
  try {
    const { sessions } = await host.call("list", {}, PATIENCE_MS);
    for (const session of sessions) core.live.set(session.id, session);
  } catch (error) {
    core.log.warn({ host: host.hello.hostId, err: error }, "a PTY host did not say what it has");
  }
}

/** One session as its host sees it now; undefined when the host doesn't have it or doesn't answer. */
export async function refreshOne(core: Core, row: SessionRow) {
  const host = row.host_id === null ? undefined : core.pool.get(row.host_id);
  if (host === undefined) return undefined;
  try {
    const session = await host.call("get", { id: row.id, epoch: row.epoch }, PATIENCE_MS);
    core.live.set(row.id, session);
    return session;
  } catch {
    return undefined;
  }
}
