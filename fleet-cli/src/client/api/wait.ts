// Waiting for a session, with an end to it.
import { FleetError } from "@fleetwire/shared/errors";
import type { SessionRecord } from "@fleetwire/shared/domain";
import type { FleetClient, SessionAddress } from "../types.ts";
import { exitCode } from "../verbs/exit-code.ts";
import { waitFor, type WaitCondition } from "../verbs/wait.ts";
import { cancelled, linked, type Waiting } from "./abort.ts";
import { patient } from "./patient.ts";

/** `exit`, what its program is doing, or a pattern of a line it prints. */
export type WaitFor = Exclude<WaitCondition["kind"], "regex"> | RegExp;

export interface WaitOptions extends Waiting {
  /** Longest wait, milliseconds. Default: as long as it takes. */
  readonly timeoutMs?: number;
  /** How long its node, or the way there, may be away meanwhile, milliseconds. Default: a minute. */
  readonly outageMs?: number;
}

export interface WaitedFor {
  readonly session: SessionRecord;
  /** What a shell would give: its exit code, or 128 and the signal's number; undefined while it runs. */
  readonly exitCode?: number;
  /** The line that matched a pattern. */
  readonly line?: string;
}

/** @throws FleetError `timeout`, `cancelled`, `not-running` */
export async function waitForSession(client: Pick<FleetClient, "call" | "openStream">, address: SessionAddress, what: WaitFor, { timeoutMs, outageMs = 60_000, signal }: WaitOptions): Promise<WaitedFor> {
  const { stop, unlink } = linked(signal);
  const until = timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
  let late = false;
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => ((late = true), stop.abort()), timeoutMs);
  const condition: WaitCondition = typeof what === "string" ? { kind: what } : { kind: "regex", pattern: stateless(what) };
  try {
    const { session, line } = await waitFor({ client: patient(client, outageMs, stop.signal) }, address, condition, { until, signal: stop.signal });
    return { session, ...(session.endedAt === null ? {} : { exitCode: exitCode(session) }), ...(line === undefined ? {} : { line }) };
  } catch (error) {
    if (signal?.aborted === true) throw cancelled();
    if (late || Date.now() >= until) throw new FleetError("timeout", `${address.text}: ${what === "exit" ? "not ended" : typeof what === "string" ? `not ${what}` : `${String(what)} not seen`} within ${(timeoutMs ?? 0) / 1000} s`, { hint: "the session goes on" });
    throw error;
  } finally {
    clearTimeout(timer);
    unlink();
  }
}

/** One that finds the same each time it is asked. */
const stateless = ({ source, flags }: RegExp): RegExp => new RegExp(source, flags.replace(/[gy]/g, ""));
