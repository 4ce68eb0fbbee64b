import type { Drain } from "@fleetwire/shared/domain";
import { ageOf } from "./amounts.ts";

/** Until when, what happens then, and why: `12m left, then ends what runs: new driver`. Empty when nothing was said. */
export function drainNote({ deadline, killAfter, killedAt, message }: Drain, now: number): string {
  const left = deadline === undefined ? undefined : Date.parse(deadline) - now;
  const until = left === undefined ? undefined : left > 0 ? `${ageOf(left)} left` : `deadline over ${ageOf(-left)} ago`;
  const then = !killAfter ? undefined : killedAt === undefined ? "then ends what runs" : `ended what ran ${ageOf(now - Date.parse(killedAt))} ago`;
  const when = [until, then].filter((part) => part !== undefined).join(", ");
  return [when, message].filter((part) => part !== undefined && part !== "").join(": ");
}
