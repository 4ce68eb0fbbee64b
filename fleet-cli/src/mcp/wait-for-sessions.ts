// Waits for several sessions at once, until it is decided whether what was wanted came about.
import { FleetError } from "@fleetwire/shared/errors";
import type { AllowedFleet, Found } from "./allowed-fleet.ts";
import { waitForSession, type Waited, type Wanted } from "./waiting.ts";

export interface WaitOptions {
  readonly wanted: Wanted;
  /** Each of them, or the first. */
  readonly mode: "all" | "any";
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** At once and every few seconds: milliseconds so far, and what the sessions do. */
  readonly onProgress: (ms: number, text: string) => void;
}

export interface WaitedFor {
  readonly met: boolean;
  readonly timedOut: boolean;
  readonly waitedMs: number;
  /** One for each, in their order, as they are now. */
  readonly waited: readonly Waited[];
}

const PROGRESS_MS = 5_000;

/** @throws FleetError what waiting doesn't mend, of any of them; `cancelled` when the signal comes */
export async function waitForSessions(fleet: AllowedFleet, found: readonly Found[], { wanted, mode, timeoutMs, signal, onProgress }: WaitOptions): Promise<WaitedFor> {
  const began = performance.now();
  const stop = new AbortController();
  let timedOut = false;
  const timer = setTimeout(() => ((timedOut = true), stop.abort()), timeoutMs);
  const cancel = () => stop.abort();
  signal.addEventListener("abort", cancel, { once: true });
  const states = new Map(found.map(({ session }) => [session.target, session]));
  const tell = () => onProgress(performance.now() - began, [...states.values()].map(({ target, state, activity }) => `${target} ${state === "running" ? activity.state : state}`).join(", "));
  const told = setInterval(tell, PROGRESS_MS);
  tell();
  try {
    const over = new Map<number, Waited>();
    const decided = () => {
      const met = [...over.values()].map(({ why }) => why !== undefined);
      return over.size === found.length || (mode === "any" ? met.includes(true) : met.includes(false));
    };
    const waited = await Promise.all(
      found.map(async (one, at) => {
        const result = await waitForSession(fleet, one, wanted, stop.signal, (session) => states.set(session.target, session));
        over.set(at, result);
        if (decided()) stop.abort();
        return result;
      }),
    );
    if (signal.aborted) throw new FleetError("cancelled", "the client cancelled the call");
    const met = waited.map(({ why }) => why !== undefined);
    const isMet = mode === "any" ? met.includes(true) : !met.includes(false);
    return { met: isMet, timedOut: timedOut && !isMet, waitedMs: performance.now() - began, waited };
  } finally {
    stop.abort();
    clearTimeout(timer);
    clearInterval(told);
    signal.removeEventListener("abort", cancel);
  }
}
