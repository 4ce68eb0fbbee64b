import { eventList } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

export const handleEventList = handler(eventList, (input, { services }) => services.node.history.page(input));
