// The form of an HTTP answer of the verbs, local and direct.
import { ErrorRecord, FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import * as z from "zod/mini";

const Failure = z.object({ error: ErrorRecord });

/** @returns the verb's output, not yet parsed. @throws FleetError what the answer says */
export function readHttpAnswer(status: number, body: string, whose: string): unknown {
  const value = parseJson(body, whose, "version-skew");
  if (status === 200) return value;
  throw FleetError.fromRecord(parseOr(Failure, value, whose, "version-skew").error);
}
