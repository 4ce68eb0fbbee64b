// What one can wait for, and how it is noticed: the node answers for states, the output itself for a pattern.
import { sessionGet, sessionWait } from "@fleetwire/shared/bus";
import { hasEnded, type SessionRecord } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import { stripEscapes } from "@fleetwire/shared/plain";
import type { SessionAddress } from "../client/index.ts";
import type { Context } from "./command.ts";
import { endedText } from "./exit-code.ts";
import type { Reader } from "./flags.ts";
import { Lines } from "./lines.ts";

/** What the node answers for. */
export const STATES = ["exit", "idle", "blocked", "done", "working"] as const;
type State = (typeof STATES)[number];

export type Condition = { readonly kind: State } | { readonly kind: "regex"; readonly pattern: RegExp };

export const condition: Reader<Condition> = (given, flag) => {
  const state = STATES.find((one) => one === given);
  if (state !== undefined) return { kind: state };
  const [, source, flags] = /^\/(.+)\/([imsu]*)$/s.exec(given) ?? [];
  if (source === undefined) throw new FleetError("usage", `${flag} '${printable(given)}' is none of ${STATES.join(", ")}, /regex/`);
  try {
    return { kind: "regex", pattern: new RegExp(source, flags) };
  } catch (error) {
    throw new FleetError("usage", `${flag}: ${(error as Error).message}`);
  }
};

/** `/regex/`. */
export const slashed: Reader<RegExp> = (given, flag) => {
  const read = condition(given, flag);
  if (read.kind === "regex") return read.pattern;
  throw new FleetError("usage", `${flag} '${given}' is no pattern`, { hint: "a pattern stands between slashes: '/done/'" });
};

export interface Waited {
  readonly session: SessionRecord;
  /** The line that matched. */
  readonly line?: string;
  readonly text: string;
}

interface Limits {
  readonly until: number;
  readonly signal: AbortSignal;
}

/** Longest question to the node; a longer wait is several. */
const SLICE_MS = 20_000;

/** @throws FleetError `not-running` when it ended without that; an error when the signal comes */
export function waitFor(context: Context, address: SessionAddress, what: Condition, limits: Limits): Promise<Waited> {
  return what.kind === "regex" ? waitForText(context, address, what.pattern, limits) : waitForState(context, address, what.kind, limits);
}

async function waitForState({ client }: Context, { place, session: ref }: SessionAddress, until: State, limits: Limits): Promise<Waited> {
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
