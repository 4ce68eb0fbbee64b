import { agentStatus } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

export const handleAgentStatus = handler(agentStatus, async (_input, { services }) => services.agent.status());
