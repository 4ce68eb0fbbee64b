import { messageAck, type MessageRecord } from "@fleetwire/shared/bus";
import type { FleetClient } from "../../client/index.ts";
import type { Whose } from "./whose.ts";

const MOST = 500;

/** Those that are not yet. @throws FleetError `disk` */
export async function markRead(client: FleetClient, { place, mailbox }: Whose, messages: readonly MessageRecord[]): Promise<void> {
  const ids = messages.filter(({ readAt }) => readAt === null).map(({ id }) => id);
  for (let at = 0; at < ids.length; at += MOST) await client.call(messageAck, { ...mailbox, ids: ids.slice(at, at + MOST) }, place);
}
