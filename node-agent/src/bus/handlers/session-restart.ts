import { sessionRestart } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

export const handleSessionRestart = handler(sessionRestart, ({ session, graceMs }, { services }) => services.sessions.restart(session, graceMs));
