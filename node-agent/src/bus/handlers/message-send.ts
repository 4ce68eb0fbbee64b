import { messageSend } from "@fleetwire/shared/bus";
import { askerOf } from "../asker.ts";
import { handler } from "../handler.ts";

export const handleMessageSend = handler(messageSend, (input, { caller, services }) => services.messages.send(input, askerOf(caller)));
