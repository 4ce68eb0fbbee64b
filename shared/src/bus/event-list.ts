import { defineContract, VIEW } from "./contract.ts";
import { EventPage, EventQuery, LONGEST_POLL_MS } from "./event-page.ts";

export const eventList = defineContract({
  verb: "event-list",
  purpose: "what happened on this node, from its own history, a page at a time; waits for news when asked to",
  roles: VIEW,
  timeoutMs: LONGEST_POLL_MS + 10_000,
  input: EventQuery,
  output: EventPage,
});
