import { sessionAttach } from "@fleetwire/shared/bus";
import { callerId, credentialOf, isLocal } from "../caller.ts";
import { handler } from "../handler.ts";

export const handleSessionAttach = handler(sessionAttach, (input, { services, caller }) => services.sessions.attach(input, { scope: "write", local: isLocal(caller), caller: callerId(caller), credential: credentialOf(caller) }));
