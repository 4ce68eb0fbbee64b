import { hubToken } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

export const handleHubToken = handler(hubToken, (input, { services }) => services.hub.token(input));
