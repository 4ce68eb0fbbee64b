// For long waits: a question that can't be asked now is asked again.
import { setTimeout as sleep } from "node:timers/promises";
import { FleetError, type ErrorCode } from "@fleetwire/shared/errors";
import type { FleetClient } from "../types.ts";

/** What passes by itself: the hub, the node or the way there is being restarted. */
const PASSING: readonly ErrorCode[] = ["nats-unreachable", "node-unreachable", "agent-unreachable", "server-unreachable", "host-unreachable", "timeout"];
const RETRY_MS = 500;

type Questions = Pick<FleetClient, "call" | "openStream">;

/** The client, for questions only: a change that is asked again may happen twice. @param outageMs how long each question is asked in vain */
export function patient(client: Questions, outageMs: number, signal: AbortSignal): Questions {
  async function over<T>(ask: () => Promise<T>): Promise<T> {
    let since: number | undefined;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        since ??= performance.now();
        const passes = error instanceof FleetError && PASSING.includes(error.code);
        if (!passes || signal.aborted || performance.now() - since > outageMs) throw error;
        await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }
  return {
    call: (...question) => over(() => client.call(...question)),
    openStream: (...question) => over(() => client.openStream(...question)),
  };
}
