import { sessionKill } from "@fleetwire/shared/bus";
import { onlyOwn } from "../authorize.ts";
import { handler } from "../handler.ts";

export const handleSessionKill = handler(sessionKill, (input, { services, caller }) => services.sessions.kill(input, onlyOwn(caller)));
