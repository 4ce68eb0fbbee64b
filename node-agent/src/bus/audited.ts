// Which requests are on record, and who asked as the record names them.
import type { AuditWho } from "@fleetwire/shared/audit";
import type { Contract } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { targetOf, type Audit } from "../audit/index.ts";
import { callerId, type Caller } from "./caller.ts";

/** Questions that hand out a right: a ticket to see or to type. */
const TICKETS: readonly string[] = ["session-attach", "session-view"];
/** Questions whose answers are what a session shows or has printed; a caller's next one of the same session is not news. */
const LOOKS: readonly string[] = ["session-screen", "session-output", "session-search"];
/** Who looks is on record once in so long. */
const TOKEN_USE_MS = 10 * 60_000;
/** Of so many it is known that they were told. */
const LOOKED = 4_096;

export interface Recorded {
  readonly contract: Contract;
  readonly caller: Caller;
  readonly operation: string | undefined;
  readonly input: unknown;
}

export interface Recorder {
  /** Records a change, a ticket, a look at a session or the use of a token, and how it ended; anything else just runs. @throws FleetError as `run`, and `audit-unwritable` */
  run(recorded: Recorded, run: () => Promise<unknown>): Promise<unknown>;
  refused(verb: string, caller: Caller, operation: string | undefined, input: unknown, error: unknown): void;
}

export function createRecorder(audit: Audit, now: () => number): Recorder {
  const looked = new Map<string, number>();

  function isRecorded({ verb, change }: Contract, caller: Caller, input: unknown): boolean {
    if (change || TICKETS.includes(verb)) return true;
    if (LOOKS.includes(verb)) return isNews(`${verb} ${callerId(caller)} ${targetOf(input) ?? ""}`);
    return caller.kind === "direct" && isNews(caller.name);
  }

  function isNews(what: string): boolean {
    for (const [known, at] of looked) {
      if (now() - at < TOKEN_USE_MS && looked.size < LOOKED) break;
      looked.delete(known);
    }
    if (looked.has(what)) return false;
    looked.set(what, now());
    return true;
  }

  return {
    async run({ contract, caller, operation, input }, run) {
      if (!isRecorded(contract, caller, input)) return run();
      const done = await audit.act({ who: whoOf(caller), verb: contract.verb, operation, input });
      try {
        const answer = await run();
        done("ok", launchedTarget(contract.verb, answer));
        return answer;
      } catch (error) {
        done(FleetError.from(error).code);
        throw error;
      }
    },
    refused: (verb, caller, operation, input, error) => audit.refused({ who: whoOf(caller), verb, operation, input }, FleetError.from(error).code),
  };
}

function whoOf(caller: Caller): AuditWho {
  switch (caller.kind) {
    case "socket":
      // Mode 0600: nobody else than the owner (and root, as whom nobody can be told apart) opens it.
      return { carrier: "socket", uid: process.getuid?.() };
    case "session":
      return { carrier: "session", session: caller.session };
    case "direct":
      return { carrier: "direct", token: caller.name, role: caller.role };
    case "bus":
      return { carrier: "bus", key: caller.key, role: caller.role, ...(caller.name === undefined ? {} : { name: caller.name.slice(0, 120) }) };
  }
}

/** A request for a launch can't name the session; its answer does. */
function launchedTarget(verb: string, answer: unknown): string | undefined {
  if (verb !== "session-launch" && !TICKETS.includes(verb)) return undefined;
  const { target, session } = answer as { target?: string; session?: { target?: string } };
  return target ?? session?.target;
}
