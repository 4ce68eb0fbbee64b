import { sessionList } from "@fleetwire/shared/bus";
import { onlyOwn } from "../authorize.ts";
import { handler } from "../handler.ts";

export const handleSessionList = handler(sessionList, (input, { services, caller }) => services.sessions.list(input, onlyOwn(caller)));
