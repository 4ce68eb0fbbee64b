// How a connection failed, and what to do about it.
import { FleetError, isErrorCode, type ErrorCode } from "@fleetwire/shared/errors";
import { CLOSE } from "@fleetwire/shared/wire";

export interface Failure {
  /** `retry`: the same again, later. `renew`: with a new ticket. `final`: never again. */
  readonly verdict: "retry" | "renew" | "final";
  readonly error: FleetError;
}

const row = (verdict: Failure["verdict"], code: ErrorCode, message: string) => ({ verdict, code, message });

const CLOSED: Readonly<Record<number, ReturnType<typeof row>>> = {
  [CLOSE.done]: row("final", "connection-lost", "the session's host ended this attach"),
  [CLOSE.ticket]: row("renew", "bad-ticket", "the session's host did not take the ticket"),
  [CLOSE.denied]: row("final", "denied", "the session's host ended this attach: not allowed any more"),
  [CLOSE.helloTimeout]: row("retry", "host-unreachable", "the session's host heard no hello in time"),
  [CLOSE.epoch]: row("renew", "not-running", "the session was started again"),
  [CLOSE.sessionGone]: row("final", "unknown-session", "the session is gone"),
  [CLOSE.tooLarge]: row("final", "too-large", "the session's host refused a message as too large"),
  [CLOSE.tooMany]: row("retry", "host-unreachable", "the session's host takes no more connections now"),
  [CLOSE.internal]: row("retry", "host-unreachable", "the session's host had an error"),
};

/** @param told the last `error` message of the host on this connection */
export function failureOfClose(code: number, told?: { code: string; message: string }): Failure {
  const known = CLOSED[code] ?? row("retry", "connection-lost", `the connection was cut (${code})`);
  if (told === undefined || known.verdict === "retry") return { verdict: known.verdict, error: new FleetError(known.code, known.message) };
  return { verdict: known.verdict, error: new FleetError(isErrorCode(told.code) ? told.code : known.code, told.message) };
}

/** An HTTP answer instead of an upgrade. Only 401 is the host's word on the ticket; anything else may be a proxy's. */
export function failureOfStatus(status: number, where: string): Failure {
  if (status === 401) return { verdict: "renew", error: new FleetError("bad-ticket", `${where} did not take the ticket`) };
  return { verdict: "retry", error: new FleetError("host-unreachable", `${where} answered ${status} instead of opening a terminal`) };
}

export function unreachable(where: string, reason: string): Failure {
  return { verdict: "retry", error: new FleetError("host-unreachable", `${where}: ${reason}`) };
}

const WEIGHT = { retry: 0, renew: 1, final: 2 } as const;

/** Of several addresses' failures the one that says most. */
export function weightiest(failures: readonly Failure[]): Failure {
  const weight = ({ verdict, error }: Failure) => WEIGHT[verdict] * 2 + (error.code === "host-unreachable" ? 0 : 1);
  return failures.toSorted((a, b) => weight(b) - weight(a))[0] ?? { verdict: "retry", error: new FleetError("node-has-no-url", "the node named no address for its terminals") };
}
