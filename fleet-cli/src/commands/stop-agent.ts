import { setTimeout as sleep } from "node:timers/promises";
import { agentStop, type OutputOf } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { processEnd, type FleetClient } from "../client/index.ts";

const STOP_MS = 5_000;
const LOOK_MS = 50;

/** Stops this machine's agent, if it runs, and waits until its lock is free; sessions go on. */
export async function stopAgent(client: FleetClient): Promise<OutputOf<typeof agentStop> | undefined> {
  const status = await client.peek().catch(unreadable);
  if (status === undefined) return undefined;
  const stopped = await client.call(agentStop, {});
  if (status !== UNREADABLE) await processEnd(status.pid, STOP_MS);
  else for (const until = Date.now() + STOP_MS; Date.now() < until && (await client.peek().catch(unreadable)) !== undefined; ) await sleep(LOOK_MS);
  return stopped;
}

const UNREADABLE = "unreadable" as const;

/** Of another release: it is there, and to be stopped all the same. */
function unreadable(error: unknown): typeof UNREADABLE {
  if (error instanceof FleetError && error.code === "version-skew") return UNREADABLE;
  throw error;
}
