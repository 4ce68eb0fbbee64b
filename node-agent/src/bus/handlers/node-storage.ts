import { nodeStorage } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

export const handleNodeStorage = handler(nodeStorage, async (_input, { services }) => services.sessions.storage());
