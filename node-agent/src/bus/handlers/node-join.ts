import { nodeJoin } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

export const handleNodeJoin = handler(nodeJoin, (input, { services }) => services.fleet.join(input));
