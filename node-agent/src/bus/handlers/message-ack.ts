import { messageAck } from "@fleetwire/shared/bus";
import { askerOf } from "../asker.ts";
import { handler } from "../handler.ts";

export const handleMessageAck = handler(messageAck, async (input, { caller, services }) => services.messages.ack(input, askerOf(caller)));
