import { nodeDrain } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

export const handleNodeDrain = handler(nodeDrain, async (input, { services }) => services.drain.set(input));
