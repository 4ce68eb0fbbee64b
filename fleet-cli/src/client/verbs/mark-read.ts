import { messageAck, type MessageRecord } from "@fleetwire/shared/bus";
import type { FleetClient } from "../types.ts";
import type { Mailbox } from "./mailbox.ts";

const MOST = 500;

/** Those that are not yet. @throws FleetError `disk` */
export async function markRead(client: Pick<FleetClient, "call">, mailbox: Mailbox, messages: readonly Pick<MessageRecord, "id" | "readAt">[]): Promise<void> {
  await acknowledge(client, mailbox, messages.filter(({ readAt }) => readAt === null).map(({ id }) => id));
}

/** By their ids. @returns how many were unread until now. @throws FleetError `disk` */
export async function acknowledge(client: Pick<FleetClient, "call">, { place, of }: Mailbox, ids: readonly string[]): Promise<number> {
  let read = 0;
  for (let at = 0; at < ids.length; at += MOST) read += (await client.call(messageAck, { ...of, ids: ids.slice(at, at + MOST) }, place)).read;
  return read;
}
