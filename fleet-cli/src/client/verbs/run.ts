// A session that is run like a program: its output to the end, its exit, and nothing left behind when it is interrupted.
import { sessionKill, sessionWait } from "@fleetwire/shared/bus";
import type { SessionRecord } from "@fleetwire/shared/domain";
import type { FleetClient } from "../types.ts";
import type { Launched } from "./launch.ts";

/** How long an interrupted session has before KILL. */
const GRACE_MS = 2_000;
/** The end of the output and the end of the session are told by two processes. */
const REAPED_MS = 5_000;

export interface RunHooks {
  /** Ends the session. */
  readonly interrupt: AbortSignal;
  /** The next piece comes when this one is done with. */
  readonly onOutput: (bytes: Buffer) => void | Promise<void>;
  /** So many bytes were not kept. */
  readonly onGap: (bytes: number) => void;
}

/** @returns the session as it ended. @throws FleetError when it can't be followed, or ended, any more */
export async function runToEnd(client: Pick<FleetClient, "call" | "openStream">, { session, place }: Launched, { interrupt, onOutput, onGap }: RunHooks): Promise<SessionRecord> {
  const end = async () => void (await client.call(sessionKill, { sessions: [{ id: session.id }], graceMs: GRACE_MS }, place));
  const unfollow = new AbortController();
  let ending: Promise<void> | undefined;
  const onInterrupt = () => {
    ending = end();
    // A session that can't be ended is not followed for ever.
    ending.catch(() => unfollow.abort());
  };
  if (interrupt.aborted) onInterrupt();
  else interrupt.addEventListener("abort", onInterrupt, { once: true });
  try {
    await using stream = await client.openStream({ place, session: { id: session.id } }, { want: { kind: "log", start: { beginning: true }, follow: true }, scope: "read", signal: unfollow.signal });
    for await (const event of stream) {
      if (event.kind === "output") await onOutput(event.bytes);
      else if (event.kind === "gap") onGap(event.to - event.from);
    }
  } finally {
    interrupt.removeEventListener("abort", onInterrupt);
  }
  await ending;
  return (await client.call(sessionWait, { session: { id: session.id }, until: "exit", waitMs: REAPED_MS }, place)).session;
}
