import { messageQueue } from "@fleetwire/shared/bus";
import { askerOf } from "../asker.ts";
import { handler } from "../handler.ts";

export const handleMessageQueue = handler(messageQueue, async (_input, { caller, services }) => services.messages.queue(askerOf(caller)));
