import { hubDown } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

export const handleHubDown = handler(hubDown, (_input, { services }) => services.hub.down());
