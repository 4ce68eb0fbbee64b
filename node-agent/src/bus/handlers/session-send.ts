import { sessionSend } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

export const handleSessionSend = handler(sessionSend, (input, { services, operation, resumed }) => services.sessions.send(input, { operation, resumed }));
