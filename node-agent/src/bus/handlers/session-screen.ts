import { sessionScreen } from "@fleetwire/shared/bus";
import { onlyOwn } from "../authorize.ts";
import { handler } from "../handler.ts";

export const handleSessionScreen = handler(sessionScreen, (input, { services, caller }) => services.sessions.screen(input, onlyOwn(caller)));
