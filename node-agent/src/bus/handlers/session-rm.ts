import { sessionRm } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

export const handleSessionRm = handler(sessionRm, async ({ sessions }, { services }) => ({ removed: await services.sessions.remove(sessions) }));
