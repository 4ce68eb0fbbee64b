import { nodeGet } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

export const handleNodeGet = handler(nodeGet, async ({ fresh }, { services }) => (fresh === true ? services.node.fresh() : services.node.record()));
