import { hubRevoke } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

export const handleHubRevoke = handler(hubRevoke, (input, { services }) => services.hub.revoke(input));
