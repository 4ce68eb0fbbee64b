// Input goes to the session's host under the operation's id. The host remembers it, so that whatever is asked again (by a caller
// who missed the answer, by an agent that was started anew meanwhile) is typed once.
import { setTimeout as sleep } from "node:timers/promises";
import type { InputOf, OutputOf, sessionSend } from "@fleetwire/shared/bus";
import type { HostInput, Typed } from "@fleetwire/shared/control";
import { hasEnded } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { formatTarget } from "@fleetwire/shared/ids";
import type { SessionRow } from "../store/index.ts";
import type { Core } from "./core.ts";
import { findSession } from "./find-session.ts";

/** An answer takes so long beyond what was asked to be waited for, milliseconds. */
const ANSWER_MS = 15_000;
/** A host whose line broke is asked again for so long. */
const AGAIN_MS = 5_000;
const AGAIN_EVERY_MS = 100;

export interface SendOrigin {
  /** Id of the operation; without one it isn't repeated. */
  readonly operation: string | undefined;
  /** The agent stopped while it did this before: nobody here knows how far it came. */
  readonly resumed: boolean;
}

/** @throws FleetError `not-running`, `host-unreachable`, `outcome-unknown`, and what the host says */
export async function send(core: Core, { session, ...input }: InputOf<typeof sessionSend>, origin: SendOrigin): Promise<OutputOf<typeof sessionSend>> {
  const found = findSession(core, session);
  // Behind a launch or restart that is under way, not behind a kill: that is what `not-running` is for.
  const row = found.state === "starting" ? await core.lock.run(found.id, async () => core.store.sessions.get(found.id) ?? found) : found;
  if (hasEnded(row.state)) throw origin.resumed ? unknown(row) : new FleetError("not-running", `session ${row.id} has ended (${row.state})`);
  const typed = await typeInto(core, row, { ...input, id: row.id, epoch: row.epoch, ...(origin.operation === undefined ? {} : { operation: origin.operation }) }, origin);
  return { ...typed, target: formatTarget(core.node.name(), { id: row.id }) };
}

async function typeInto(core: Core, row: SessionRow, input: HostInput<"send">, { operation, resumed }: SendOrigin): Promise<Typed> {
  const timeoutMs = ANSWER_MS + (input.readyMs ?? 0) + (input.waitMs ?? 0) + (input.observeMs ?? 0);
  let asked = resumed;
  for (const until = Date.now() + AGAIN_MS; ; await sleep(AGAIN_EVERY_MS)) {
    const host = row.host_id === null ? undefined : core.pool.get(row.host_id);
    try {
      if (host === undefined) throw new FleetError("host-unreachable", `session ${row.id}: its PTY host does not answer`);
      return await host.call("send", input, timeoutMs).catch((error: unknown) => asOlder(error, () => host.call("type", older(input)), asked));
    } catch (error) {
      const { code } = FleetError.from(error);
      if (code !== "host-unreachable" && code !== "timeout") throw asked && code === "unknown-session" ? unknown(row) : error;
      asked ||= host !== undefined;
      const again = operation !== undefined && Date.now() < until && row.host_id !== null && core.pool.lives(row.host_id);
      if (!again) throw asked ? unknown(row, error) : error;
    }
  }
}

/** A host of an earlier release types at once, and remembers nothing. @throws FleetError what it can't do */
async function asOlder(error: unknown, type: () => Promise<Typed>, asked: boolean): Promise<Typed> {
  if (!(error instanceof FleetError) || error.code !== "version-skew") throw error;
  if (asked) throw new FleetError("outcome-unknown", "the PTY host is of an earlier release and doesn't know whether this was typed");
  return type();
}

function older({ id, epoch, text, data, keys, enter, ...conditions }: HostInput<"send">): HostInput<"type"> {
  const asked = Object.entries(conditions).filter(([name, value]) => value !== undefined && name !== "operation" && name !== "readyMs" && name !== "force" && name !== "sequence");
  if (asked.length > 0) throw new FleetError("version-skew", `the session's PTY host is of an earlier release and doesn't know '${asked[0]?.[0] ?? ""}'; nothing was typed`, { hint: "sessions that are launched from now on know it" });
  return { id, epoch, text, data, keys, enter };
}

function unknown({ id }: SessionRow, cause?: unknown): FleetError {
  return new FleetError("outcome-unknown", `session ${id}: its PTY host went away while this was typed`, { cause });
}
