import { sessionGet } from "@fleetwire/shared/bus";
import { onlyOwn } from "../authorize.ts";
import { handler } from "../handler.ts";

export const handleSessionGet = handler(sessionGet, ({ session }, { services, caller }) => services.sessions.get(session, onlyOwn(caller)));
