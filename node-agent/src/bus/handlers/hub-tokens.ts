import { hubTokens } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

export const handleHubTokens = handler(hubTokens, async (_input, { services }) => services.hub.tokens());
