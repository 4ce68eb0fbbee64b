import { agentStop } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

const GRACE_MS = 5_000;

export const handleAgentStop = handler(agentStop, async ({ sessions, graceMs }, { services }) => {
  // With nothing running there is nothing that its hosts and its gateway would be kept for.
  const killed = sessions === true || services.sessions.count().running === 0 ? await services.agent.endSessions(graceMs ?? GRACE_MS) : 0;
  const { running } = services.sessions.count();
  services.agent.stop();
  return { running, killed };
});
