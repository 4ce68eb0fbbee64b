import { nodeLabel } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

export const handleNodeLabel = handler(nodeLabel, async ({ set, remove }, { services }) => services.agent.label(set, remove));
