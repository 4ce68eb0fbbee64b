import { messageRm } from "@fleetwire/shared/bus";
import { askerOf } from "../asker.ts";
import { handler } from "../handler.ts";

export const handleMessageRm = handler(messageRm, async (input, { caller, services }) => services.messages.remove(input, askerOf(caller)));
