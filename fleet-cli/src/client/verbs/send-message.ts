// A message from the words of its address to its recipient's node: through this machine's node, which keeps it where it can't
// be delivered now, or where there is none straight to the recipient's.
import { messageSend, type OutputOf, type RawInputOf } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { parseAddress, type Address } from "@fleetwire/shared/ids";
import type { FleetClient, Place } from "../types.ts";

export type MessageContent = Pick<RawInputOf<typeof messageSend>, "text" | "subject" | "wantsReply" | "expiresMs">;

export interface SentMessage {
  readonly answer: OutputOf<typeof messageSend>;
  /** Which node was asked; undefined: this machine's own. */
  readonly place: Place | undefined;
}

/** @throws FleetError `bad-target`, `node-unreachable` and whatever a node says */
export async function sendMessage(client: FleetClient, to: string, content: MessageContent): Promise<SentMessage> {
  const address = parseAddress(to);
  const own = await client.ownNode();
  // A node in no fleet reaches its own machine alone; a person's credential may reach further.
  const isElsewhere = address.node !== undefined || (address.people === undefined && "name" in address.session);
  if (own === "none" || (own === "alone" && isElsewhere && (await client.hasFleet()))) return sendDirectly(client, to, address, content);
  return { answer: await client.call(messageSend, { ...(await recipient(client, to, address)), ...content }), place: undefined };
}

/** A node that is named is not looked up here: also one that can't be reached is sent to. */
async function recipient(client: FleetClient, to: string, address: Address): Promise<Pick<RawInputOf<typeof messageSend>, "node" | "session" | "people">> {
  if (address.people === true) return { people: true, ...(address.node === undefined ? {} : { node: address.node }) };
  const { node, session } = address;
  if (node !== undefined || "id" in session) return { session, ...(node === undefined ? {} : { node }) };
  const { place } = await client.resolve(to);
  return { session, ...(place.kind === "fleet" ? { node: place.node.name } : {}) };
}

async function sendDirectly(client: FleetClient, to: string, address: Address, content: MessageContent): Promise<SentMessage> {
  if (address.people === true && address.node === undefined) throw new FleetError("bad-target", "this machine has no node, and so no people's inbox", { hint: "@NODE names those of a node" });
  try {
    const place = address.people === true && address.node !== undefined ? await client.node(address.node) : (await client.resolve(to)).place;
    const whom = address.people === true ? { people: true as const } : { session: address.session };
    return { answer: await client.call(messageSend, { ...whom, ...content }, place), place };
  } catch (error) {
    if (!(error instanceof FleetError) || error.code !== "node-unreachable") throw error;
    throw new FleetError(error.code, error.message, { hint: "there is no node that could keep the message until then: 'fleet up --join TOKEN' makes this machine one of the fleet" });
  }
}
