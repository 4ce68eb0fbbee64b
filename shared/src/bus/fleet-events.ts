import { defineContract, VIEW } from "./contract.ts";
import { EventPage, EventQuery, LONGEST_POLL_MS } from "./event-page.ts";

export const fleetEvents = defineContract({
  verb: "events",
  purpose: "what happened in the fleet, in one order for all who ask, a page at a time; waits for news when asked to",
  reach: "registry",
  roles: VIEW.filter((role) => role !== "registry"),
  timeoutMs: LONGEST_POLL_MS + 10_000,
  input: EventQuery,
  output: EventPage,
});
