// Whose mailbox is read: one's own, or that of a session or of the people here, for operators.
import type { Ref } from "@fleetwire/shared/bus";
import { parseAddress } from "@fleetwire/shared/ids";
import type { FleetClient, Place } from "../../client/index.ts";
import { text, value, type FlagValues } from "../flags.ts";
import { mailPlace, NODE_FLAG } from "./mail-place.ts";

export const WHOSE_FLAGS = {
  "session": value("TARGET", "look into a session's mailbox, or @NODE's", text, { offers: "targets" }),
  ...NODE_FLAG,
} as const;

export interface Whose {
  readonly place: Place | undefined;
  /** Nothing: the caller's own. */
  readonly mailbox: { readonly session?: Ref; readonly people?: true };
}

/** @throws FleetError `bad-target`, `unknown-session`, `needs-flag` */
export async function whose(client: FleetClient, flags: FlagValues<typeof WHOSE_FLAGS>): Promise<Whose> {
  if (flags.session === undefined) return { place: await mailPlace(client, flags), mailbox: {} };
  const address = parseAddress(flags.session);
  if (address.people === true) return { place: address.node === undefined ? await mailPlace(client, flags) : await client.node(address.node), mailbox: { people: true } };
  const { place, session } = await client.resolve(flags.session);
  return { place, mailbox: { session } };
}
