// A node that takes no new sessions, and until when. What was said is in the database: the end that was promised for the
// deadline comes whoever has gone away meanwhile, also after a restart of the agent.
import { setTimeout as sleep } from "node:timers/promises";
import type { InputOf, nodeDrain } from "@fleetwire/shared/bus";
import type { Drain } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import type { DrainControl } from "./bus/index.ts";
import type { LiveSettings } from "./live-settings.ts";
import type { Log } from "./log/index.ts";
import type { NodeService } from "./node/index.ts";
import type { Sessions } from "./sessions/index.ts";
import type { StoredSettings } from "./store/index.ts";

const GRACE_MS = 5_000;
const LOOK_MS = 1_000;

export interface DrainDeps {
  readonly settings: LiveSettings;
  readonly node: NodeService;
  readonly sessions: Pick<Sessions, "kill">;
  readonly log: Log;
  readonly now: () => number;
}

export type DrainService = DrainControl & AsyncDisposable;

export function createDrain({ settings, node, sessions, log, now }: DrainDeps): DrainService {
  const over = new AbortController();

  /** Ends what runs, once, when the deadline of a drain that said so is over. */
  async function look(): Promise<void> {
    const { draining, drain } = settings.stored();
    if (draining !== true || drain === undefined || !isDue(drain, now())) return;
    log.warn({ deadline: drain.deadline }, "the drain's deadline is over: ending what still runs");
    const { killed, failed } = await sessions.kill({ filter: {}, graceMs: drain.graceMs ?? GRACE_MS });
    log.info({ killed: killed.length, failed: failed.length }, "ended at the drain's deadline");
    // What could not be ended is tried again; a drain that was changed or ended meanwhile is another one.
    const current = settings.stored().drain;
    if (failed.length > 0 || current?.since !== drain.since) return;
    settings.change({ drain: { ...current, killedAt: new Date(now()).toISOString() } });
    node.changed();
  }

  const looking = (async () => {
    while (!over.signal.aborted) {
      await look().catch((error: unknown) => log.error({ err: error }, "what a drain promised could not be done; trying again"));
      await sleep(LOOK_MS, undefined, { signal: over.signal }).catch(() => undefined);
    }
  })();

  return {
    set(input) {
      settings.change(changeOf(input, settings.stored().drain, now()));
      const record = node.record();
      node.tell({ kind: input.draining ? "node-draining" : "node-changed", record });
      return record;
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      // An end that is under way takes as long as its grace: the next agent goes on with it.
      await Promise.race([looking, sleep(LOOK_MS, undefined, { ref: false })]);
    },
  };
}

const isDue = ({ killAfter, killedAt, deadline }: Drain, now: number) => killAfter && killedAt === undefined && deadline !== undefined && Date.parse(deadline) <= now;

/** A second drain says anew until when, and why; since when stays. @throws FleetError `bad-input` */
function changeOf({ draining, deadlineMs, message, killAfter = false, graceMs }: InputOf<typeof nodeDrain>, before: Drain | undefined, now: number): Partial<StoredSettings> {
  if (!draining && (deadlineMs !== undefined || killAfter)) throw new FleetError("bad-input", "a deadline belongs to a drain, not to its end");
  if (killAfter && deadlineMs === undefined) throw new FleetError("bad-input", "what runs can be ended at a deadline only, and none was given", { hint: "give --deadline with --kill-after" });
  if (!draining) return { draining: false, drain: undefined };
  return {
    draining: true,
    drain: {
      since: before?.since ?? new Date(now).toISOString(),
      ...(deadlineMs === undefined ? {} : { deadline: new Date(now + deadlineMs).toISOString() }),
      ...(message === undefined ? {} : { message }),
      killAfter,
      ...(graceMs === undefined ? {} : { graceMs }),
    },
  };
}

/** What others are told of it: the stored one without what only this node needs. */
export function drainOf({ draining, drain }: StoredSettings): Drain | undefined {
  if (draining !== true || drain === undefined) return undefined;
  const { graceMs: _own, ...told } = drain;
  return told;
}
