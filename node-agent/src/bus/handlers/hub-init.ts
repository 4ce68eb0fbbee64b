import { hubInit } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

export const handleHubInit = handler(hubInit, (input, { services }) => services.hub.init(input));
