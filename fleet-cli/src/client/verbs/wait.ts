// What one can wait for, and how it is noticed: the node answers for states, the output itself for a pattern.
import { sessionGet, sessionWait } from "@fleetwire/shared/bus";
import { hasEnded, type SessionRecord } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { stripEscapes } from "@fleetwire/shared/plain";
import { Lines } from "../../text/index.ts";
import type { FleetClient, SessionAddress } from "../types.ts";
import { endedText } from "./exit-code.ts";

/** What the node answers for. */
export const WAIT_STATES = ["exit", "idle", "blocked", "done", "working"] as const;
type WaitState = (typeof WAIT_STATES)[number];

export type WaitCondition = { readonly kind: WaitState } | { readonly kind: "regex"; readonly pattern: RegExp };

export interface Waited {
  readonly session: SessionRecord;
  /** The line that matched. */
  readonly line?: string;
  readonly text: string;
}

interface Context {
  readonly client: Pick<FleetClient, "call" | "openStream">;
}

interface Limits {
  readonly until: number;
  readonly signal: AbortSignal;
}

/** Longest question to the node; a longer wait is several. */
const SLICE_MS = 20_000;

/** @throws FleetError `not-running` when it ended without that; an error when the signal comes */
export function waitFor(context: Context, address: SessionAddress, what: WaitCondition, limits: Limits): Promise<Waited> {
  return what.kind === "regex" ? waitForText(context, address, what.pattern, limits) : waitForState(context, address, what.kind, limits);
}

async function waitForState({ client }: Context, { place, session: ref }: SessionAddress, until: WaitState, limits: Limits): Promise<Waited> {
  for (;;) {
    const waitMs = Math.max(0, Math.min(SLICE_MS, limits.until - Date.now()));
    const { met, session } = await client.call(sessionWait, { session: ref, until, waitMs }, place, { signal: limits.signal });
    if (met) return { session, text: `${session.target} ${hasEnded(session.state) ? endedText(session) : session.activity.state}` };
    if (hasEnded(session.state)) throw new FleetError("not-running", `${session.target} ended (${endedText(session)}) before it was ${until}`);
    if (Date.now() >= limits.until) throw new FleetError("timeout", `${session.target} is not ${until}`);
  }
}

async function waitForText({ client }: Context, address: SessionAddress, pattern: RegExp, { signal }: Limits): Promise<Waited> {
  await using stream = await client.openStream(address, { want: { kind: "log", start: { beginning: true }, follow: true }, scope: "read", signal });
  const lines = new Lines();
  const find = (candidates: readonly string[]) => candidates.map(stripEscapes).find((line) => pattern.test(line));
  for await (const event of stream) {
    if (event.kind !== "output") continue;
    const line = find([...lines.feed(event.bytes), lines.unfinished]);
    if (line !== undefined) return { session: stream.session, line, text: line };
  }
  const { session } = await client.call(sessionGet, { session: address.session }, address.place);
  if (signal.aborted) throw new FleetError("timeout", `${session.target} did not print ${String(pattern)}`);
  throw new FleetError("not-running", `${session.target} ended (${endedText(session)}) without printing ${String(pattern)}`);
}
