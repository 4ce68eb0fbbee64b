import { sessionWait } from "@fleetwire/shared/bus";
import { onlyOwn } from "../authorize.ts";
import { handler } from "../handler.ts";

export const handleSessionWait = handler(sessionWait, (input, { services, caller }) => services.sessions.wait(input, onlyOwn(caller)));
