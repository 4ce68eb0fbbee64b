import { sessionView } from "@fleetwire/shared/bus";
import { onlyOwn } from "../authorize.ts";
import { callerId, credentialOf, isLocal } from "../caller.ts";
import { handler } from "../handler.ts";

export const handleSessionView = handler(sessionView, (input, { services, caller }) =>
  services.sessions.attach(input, { scope: "read", local: isLocal(caller), caller: callerId(caller), credential: credentialOf(caller), only: onlyOwn(caller) }),
);
