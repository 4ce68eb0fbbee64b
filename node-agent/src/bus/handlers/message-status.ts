import { messageStatus } from "@fleetwire/shared/bus";
import { askerOf } from "../asker.ts";
import { handler } from "../handler.ts";

export const handleMessageStatus = handler(messageStatus, (input, { caller, services }) => services.messages.status(input, askerOf(caller)));
