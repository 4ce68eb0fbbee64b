// What 'send' and 'keys' share: typing, and the receipt.
import { sessionSend } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import * as z from "zod/mini";
import { sendAll, type Piece, type SendWish } from "../client/index.ts";
import type { Found } from "./allowed-fleet.ts";
import { briefOf, SessionBrief } from "./records.ts";
import type { ToolAnswer, ToolContext } from "./tool.ts";

export const SENT = z.object({
  session: SessionBrief.check(z.describe("as it was before")),
  receipt: sessionSend.output.shape.receipt.check(z.describe("written: its terminal took all of it; queued: the program isn't reading now, it waits and is typed when it reads; observed: the program has read it and reacted")),
  bytes: z.number(),
  offset: z.number().check(z.describe("offset of the output before this was typed: give as `from` to 'watch', 'output' or 'wait' for what it leads to")),
});

/** @throws FleetError `not-running` when it was not taken; `not-ready`, `screen-changed`, `timeout` when what was wished was not so: nothing was typed */
export async function typeInto({ place, ref, session, log }: Found, typed: Piece, { fleet, settings, signal }: ToolContext, wish: SendWish = {}): Promise<ToolAnswer<z.input<typeof SENT>>> {
  const { receipt, bytes, target, offset = log.end } = await sendAll(fleet, { session: ref, place }, [typed], wish, signal);
  if (receipt === "rejected") throw new FleetError("not-running", `${target} did not take it: it has ended, or an interrupt threw it away`);
  return { data: { session: briefOf(session, settings.session), receipt, bytes, offset }, text: `${receipt}: ${bytes} bytes to ${target}${receipt === "queued" ? "; the program isn't reading now" : ""}; its output was at offset ${offset}` };
}
