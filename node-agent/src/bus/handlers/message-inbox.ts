import { messageInbox } from "@fleetwire/shared/bus";
import { askerOf } from "../asker.ts";
import { handler } from "../handler.ts";

export const handleMessageInbox = handler(messageInbox, (input, { caller, services }) => services.messages.inbox(input, askerOf(caller)));
