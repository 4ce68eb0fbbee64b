// What can be wrong on a machine, each with the next step. A check never throws and never starts anything.
import type { agentStatus, OutputOf } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { Context } from "../command.ts";

export interface Finding {
  readonly check: string;
  readonly state: "ok" | "warn" | "fail";
  readonly detail: string;
  /** What to do about it. */
  readonly next?: string;
  /** What is known of a PTY host. */
  readonly host?: OutputOf<typeof agentStatus>["parts"][number]["host"];
}

export interface Examined extends Context {
  /** This machine's agent, when it runs. */
  readonly status: OutputOf<typeof agentStatus> | undefined;
}

export type Check = (examined: Examined) => Promise<Finding | readonly Finding[]> | Finding | readonly Finding[];

export const ok = (check: string, detail: string): Finding => ({ check, state: "ok", detail });
export const warn = (check: string, detail: string, next: string): Finding => ({ check, state: "warn", detail, next });
export const fail = (check: string, detail: string, next: string): Finding => ({ check, state: "fail", detail, next });

/** A failure as a finding. */
export function failed(check: string, error: unknown): Finding {
  const known = FleetError.from(error);
  return fail(check, known.message, known.hint);
}
