import { sessionOutput } from "@fleetwire/shared/bus";
import { onlyOwn } from "../authorize.ts";
import { handler } from "../handler.ts";

export const handleSessionOutput = handler(sessionOutput, (input, { services, caller }) => services.sessions.output(input, onlyOwn(caller)));
