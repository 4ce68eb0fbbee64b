// Following a node until nothing runs there.
import { setTimeout as sleep } from "node:timers/promises";
import { sessionGet, sessionList } from "@fleetwire/shared/bus";
import { hasEnded, type NodeRecord, type SessionRecord } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { endedText, type FleetClient, type Place } from "../../client/index.ts";
import type { Output } from "../../ui/index.ts";
import type { Process } from "../command.ts";

export interface Watched {
  /** Nothing runs there any more. */
  readonly idle: boolean;
  /** Every session that ran while it was watched, as it is now. */
  readonly watched: readonly SessionRecord[];
}

interface Watching {
  readonly client: FleetClient;
  readonly output: Output;
  readonly process: Pick<Process, "interrupt">;
}

const LOOK_MS = 1_000;
/** The last look before the deadline is close to it. */
const LEAST_MS = 50;

/**
 * A node that doesn't answer for a while is asked again: it may just be restarted.
 * @param until milliseconds since 1970; undefined: until nothing runs
 * @throws FleetError what the node says, except that it can't be reached
 */
export async function watchNode({ client, output, process }: Watching, place: Place, { name }: NodeRecord, until?: number): Promise<Watched> {
  const seen = new Map<number, SessionRecord>();
  let silent = false;
  let idle = false;
  for (;;) {
    try {
      idle = await look();
      silent = false;
    } catch (error) {
      if (!(error instanceof FleetError) || !error.retryable) throw error;
      if (!silent) output.note(`${name}: ${error.message}; asking again`);
      silent = true;
    }
    const left = until === undefined ? LOOK_MS : until - Date.now();
    if (idle || left <= 0 || process.interrupt.signal.aborted) return { idle, watched: [...seen.values()] };
    await sleep(Math.max(LEAST_MS, Math.min(LOOK_MS, left)));
  }

  async function look(): Promise<boolean> {
    const running = new Map<number, SessionRecord>();
    for (let more = true, after: number | undefined; more; ) {
      const page = await client.call(sessionList, { filter: { states: ["starting", "running"] }, after }, place);
      for (const session of page.sessions) running.set(session.id, session);
      after = page.sessions.at(-1)?.id;
      more = page.more && after !== undefined;
    }
    for (const [id, before] of seen) {
      if (running.has(id) || hasEnded(before.state)) continue;
      const now = await client.call(sessionGet, { session: { id: before.id } }, place).then(({ session }) => session, gone);
      seen.set(id, now ?? { ...before, state: "lost", exit: { reason: "removed meanwhile" } });
      output.note(`${before.target} ${now === undefined ? "was removed" : endedText(now)}; ${running.size} still running`);
    }
    for (const [id, session] of running) seen.set(id, session);
    return running.size === 0;
  }
}

function gone(error: unknown): undefined {
  if (error instanceof FleetError && error.code === "unknown-session") return undefined;
  throw error;
}
