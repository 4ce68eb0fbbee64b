import { parseJson, parseOr } from "@fleetwire/shared/errors";
import { OperationId } from "@fleetwire/shared/ids";
import { Signed, verifyDocument } from "@fleetwire/shared/keys";
import * as z from "zod/mini";

/** As much as there is of a request in any contract. */
const Numbered = z.object({ id: OperationId });

/**
 * The id of a request that can't be taken, for the answer that says why. Undefined when the caller didn't sign it: an answer
 * to a forged one would be a tool for the forger.
 */
export function signedId(data: string, caller: string): string | undefined {
  try {
    const signed = parseOr(Signed, parseJson(data, "request"), "request");
    return verifyDocument("fleet.request.1", signed, caller) ? parseOr(Numbered, parseJson(signed.p, "request"), "request").id : undefined;
  } catch {
    return undefined;
  }
}
