// The text of a message typed into its recipient's terminal as well: by the way of 'fleet send', with the caller's own role.
import { type messageSend, type OutputOf, sessionSend } from "@fleetwire/shared/bus";
import { FleetError, type ErrorRecord } from "@fleetwire/shared/errors";
import { parseAddress } from "@fleetwire/shared/ids";
import type { FleetClient } from "../../client/index.ts";

export interface Typed {
  readonly receipt?: string;
  readonly error?: ErrorRecord;
  readonly said: string;
  readonly exit: number;
}

/** After the message was sent; whatever goes wrong here changes nothing about that. */
export async function typeInto(client: FleetClient, to: string, text: string, { state }: OutputOf<typeof messageSend>): Promise<Typed> {
  if (parseAddress(to).people === true) return failed(new FleetError("usage", "people have no terminal to type into", { hint: "--type is for sessions" }));
  // Typed late it would be typed into whatever runs by then.
  if (state === "queued") return failed(new FleetError("node-unreachable", "its node can't be reached"));
  try {
    const { place, session } = await client.resolve(to);
    const { receipt } = await client.call(sessionSend, { session, text, enter: true }, place);
    return { receipt, said: `typed: ${receipt}`, exit: receipt === "rejected" ? 1 : 0 };
  } catch (error) {
    return failed(FleetError.from(error));
  }
}

const failed = (error: FleetError): Typed => ({ error: error.toRecord(), said: `not typed: ${error.message} (${error.hint})`, exit: error.exit });
