import { nodeDrain } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

export const handleNodeDrain = handler(nodeDrain, async ({ draining }, { services }) => services.agent.drain(draining));
