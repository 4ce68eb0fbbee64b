// What 'send' and 'keys' share: typing, and the receipt.
import { sessionSend, type RawInputOf } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import * as z from "zod/mini";
import type { Found } from "./allowed-fleet.ts";
import { briefOf, SessionBrief } from "./records.ts";
import type { ToolAnswer, ToolContext } from "./tool.ts";

export const SENT = z.object({
  session: SessionBrief.check(z.describe("as it was before")),
  receipt: sessionSend.output.shape.receipt.check(z.describe("written: its terminal took all of it; queued: the program isn't reading now, it waits and is typed when it reads; observed: the program has read it")),
  bytes: z.number(),
  offset: z.number().check(z.describe("offset of the output before this was typed: give as `from` to 'watch', 'output' or 'wait' for what it leads to")),
});

/** @throws FleetError `not-running` when it was not taken */
export async function typeInto({ place, ref, session, log }: Found, typed: Omit<RawInputOf<typeof sessionSend>, "session">, { fleet, settings, signal }: ToolContext): Promise<ToolAnswer<z.input<typeof SENT>>> {
  const { receipt, bytes, target } = await fleet.call(sessionSend, { session: ref, ...typed }, place, { signal });
  if (receipt === "rejected") throw new FleetError("not-running", `${target} took nothing: it has ended`);
  const offset = log.end;
  return { data: { session: briefOf(session, settings.session), receipt, bytes, offset }, text: `${receipt}: ${bytes} bytes to ${target}${receipt === "queued" ? "; the program isn't reading now" : ""}; its output was at offset ${offset}` };
}
