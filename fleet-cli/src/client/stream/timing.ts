import { PING_MS, SILENCE_MS } from "@fleetwire/shared/wire";

/** Milliseconds; tests shorten them. */
export interface Timing {
  readonly pingMs: number;
  readonly silenceMs: number;
  /** After something was typed, the other side is heard at the latest so much later. */
  readonly answerMs: number;
  /** From dialling to a verified welcome. */
  readonly connectMs: number;
  /** The node's own addresses are tried alone for so long; then the relay too. */
  readonly headStartMs: number;
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
  /** A connection that lasted less counts as a failed attempt for the back-off. */
  readonly shortLivedMs: number;
  /** How long detach waits for the host to close. */
  readonly detachMs: number;
}

export const TIMING: Timing = { pingMs: PING_MS, silenceMs: SILENCE_MS, answerMs: 5_000, connectMs: 10_000, headStartMs: 250, backoffBaseMs: 200, backoffMaxMs: 10_000, shortLivedMs: 1_000, detachMs: 60 };

/** So many attempts, about twenty seconds, keep within a second: a proxy or host that was restarted is back by then. */
const EAGER_ATTEMPTS = 40;
const EAGER_MS = 1_000;

/** Full jitter: the first retry at once, later ones anywhere in a range that doubles. @param attempt from 1 */
export function backoffMs(attempt: number, { backoffBaseMs, backoffMaxMs }: Timing): number {
  if (attempt <= 1) return 0;
  const most = attempt <= EAGER_ATTEMPTS ? Math.min(EAGER_MS, backoffMaxMs) : backoffMaxMs;
  return Math.random() * Math.min(most, backoffBaseMs * 2 ** Math.min(attempt - 2, 20));
}

/** Resolves after `ms`, or at once when the signal fires. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener("abort", finish);
  });
}
