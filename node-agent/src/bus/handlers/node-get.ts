import { nodeGet } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

export const handleNodeGet = handler(nodeGet, async (_input, { services }) => services.node.record());
