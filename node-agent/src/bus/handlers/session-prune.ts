import { sessionPrune } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

export const handleSessionPrune = handler(sessionPrune, async (input, { services }) => services.sessions.prune(input));
