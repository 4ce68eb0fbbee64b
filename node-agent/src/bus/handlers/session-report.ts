import { sessionReport } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { handler } from "../handler.ts";

/** A program in a session speaks for its own session: which one that is says the socket it came by, not the request. */
export const handleSessionReport = handler(sessionReport, async ({ session, ...report }, { services, caller }) => {
  const own = caller.kind === "session" ? { id: caller.session } : undefined;
  if (own !== undefined && session !== undefined && !("id" in session && session.id === own.id)) throw new FleetError("denied", "a program in a session reports for that session only");
  const ref = own ?? session;
  if (ref === undefined) throw new FleetError("bad-input", "which session the report is about has to be said outside a session");
  return services.sessions.report(ref, report);
});
