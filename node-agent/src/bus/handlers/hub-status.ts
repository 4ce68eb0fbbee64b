import { hubStatus } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

export const handleHubStatus = handler(hubStatus, (_input, { services }) => services.hub.status());
