// Reads a session's output: what is there, or what comes, until something stops it.
import { FleetError } from "@fleetwire/shared/errors";
import type { AllowedFleet, Found } from "./allowed-fleet.ts";
import { LineFinder } from "./line-pattern.ts";
import { OutputPart } from "./output-part.ts";

interface Reading {
  readonly from: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** What is there now, from an offset on. @throws FleetError */
export async function readOutput(fleet: AllowedFleet, { place, ref }: Found, { from, maxBytes, signal }: Reading): Promise<OutputPart> {
  const part = new OutputPart(from, maxBytes);
  await using stream = await fleet.openStream({ place, session: ref }, { want: { kind: "log", start: { offset: from }, follow: false }, scope: "read", signal });
  for await (const event of stream) {
    part.take(event);
    if (part.full) break;
  }
  return part;
}

interface Until {
  readonly timeoutMs: number;
  readonly quietMs?: number;
  readonly pattern?: string;
}

export interface Watched {
  readonly part: OutputPart;
  /** Why it stopped. `ended`: the session has, and all of its output was read. `limit`: as much as an answer may hold. */
  readonly stopped: "ended" | "limit" | "quiet" | "pattern" | "timeout";
  /** The line that matched. */
  readonly line?: string;
}

/** What comes, from an offset on. @throws FleetError `cancelled` when the signal comes */
export async function watchOutput(fleet: AllowedFleet, { place, ref }: Found, { from, maxBytes, signal }: Reading, { timeoutMs, quietMs, pattern }: Until): Promise<Watched> {
  const part = new OutputPart(from, maxBytes);
  const finder = pattern === undefined ? undefined : new LineFinder(pattern);
  const stop = new AbortController();
  let stopped: Watched["stopped"] = "ended";
  const over = (why: Watched["stopped"]) => {
    stopped = why;
    stop.abort();
  };
  const cancel = () => stop.abort();
  signal.addEventListener("abort", cancel, { once: true });
  const timer = setTimeout(over, timeoutMs, "timeout");
  const quiet = quietMs === undefined ? undefined : setTimeout(over, quietMs, "quiet");
  try {
    await using stream = await fleet.openStream({ place, session: ref }, { want: { kind: "log", start: { offset: from }, follow: true }, scope: "read", signal: stop.signal });
    for await (const event of stream) {
      const taken = part.take(event);
      if (taken === undefined) continue;
      quiet?.refresh();
      const line = finder?.feed(taken);
      if (line !== undefined) return { part, stopped: "pattern", line };
      if (part.full) return { part, stopped: "limit" };
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    clearTimeout(quiet);
    signal.removeEventListener("abort", cancel);
  }
  if (signal.aborted) throw new FleetError("cancelled", "the client cancelled the call");
  return { part, stopped };
}
