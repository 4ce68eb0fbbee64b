import { constants } from "node:os";
import { exitCodeOf, type SessionRecord } from "@fleetwire/shared/domain";

/** What a shell would give for how the session ended. */
export function exitCode({ exit }: Pick<SessionRecord, "exit">): number {
  const numbers = Object.fromEntries(Object.entries(constants.signals).flatMap(([name, number]) => [[name, number], [name.replace(/^SIG/, ""), number]]));
  return exitCodeOf(exit, numbers);
}

/** `exited with 3`, `killed by SIGTERM`, `lost: …` */
export function endedText({ state, exit }: Pick<SessionRecord, "state" | "exit">): string {
  if (exit?.signal !== undefined) return `${state} by ${exit.signal}`;
  if (state === "exited") return `exited with ${exit?.code ?? "?"}`;
  return exit?.reason === undefined ? state : `${state}: ${exit.reason}`;
}
